#include <bijou/training/history.hpp>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "support/catch.hpp"

namespace {
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
}  // namespace

TEST_CASE("The best epoch is that of the lowest validation loss, the first of equal ones", "[history]") {
  bijou::History history;
  CHECK(history.best_epoch == -1);
  CHECK(bijou::detail::add_epoch(history, 1.0, 5.0));
  CHECK_FALSE(bijou::detail::add_epoch(history, 0.5, 6.0));
  CHECK(bijou::detail::add_epoch(history, 2.0, 4.0));
  CHECK_FALSE(bijou::detail::add_epoch(history, 0.1, 4.0));
  CHECK(history.best_epoch == 2);
  CHECK(history.train_nll == std::vector<double>{1, 0.5, 2, 0.1});
  CHECK(history.validation_nll == std::vector<double>{5, 6, 4, 4});
}

TEST_CASE("Without validation losses the training loss tells the best epoch", "[history]") {
  bijou::History history;
  CHECK(bijou::detail::add_epoch(history, 1.0, std::nullopt));
  CHECK(bijou::detail::add_epoch(history, -0.5, std::nullopt));
  CHECK_FALSE(bijou::detail::add_epoch(history, 2.0, std::nullopt));
  CHECK(history.best_epoch == 1);
  CHECK(history.validation_nll.empty());
}

TEST_CASE("A loss that is not finite is recorded and never the best", "[history]") {
  bijou::History history;
  CHECK_FALSE(bijou::detail::add_epoch(history, 1.0, nan_value));
  CHECK_FALSE(bijou::detail::add_epoch(history, 1.0, -infinity));
  CHECK(history.best_epoch == -1);
  CHECK(bijou::detail::add_epoch(history, 1.0, 7.0));
  CHECK_FALSE(bijou::detail::add_epoch(history, 1.0, infinity));
  CHECK_FALSE(bijou::detail::add_epoch(history, 1.0, nan_value));
  CHECK(history.best_epoch == 2);
  REQUIRE(history.validation_nll.size() == 5);
  CHECK(std::isnan(history.validation_nll[0]));
  CHECK(history.validation_nll[1] == -infinity);
}

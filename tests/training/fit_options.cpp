#include <bijou/training/fit_options.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"

using bijou::FitOptions;
using bijou::detail::factor_at;
using bijou::detail::require_fit_options;
using bijou::detail::validation_count;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

void check_refused(const FitOptions& options, const std::string& message) {
  CHECK_THROWS_WITH(require_fit_options(options), "fit: expected " + message);
}

}  // namespace

TEST_CASE("Options within their ranges pass, at both ends", "[fit_options]") {
  CHECK_NOTHROW(require_fit_options({}));
  CHECK_NOTHROW(require_fit_options({.epochs = 1, .batch_size = 1, .learning_rate = 1e-300, .threads = 1}));
  CHECK_NOTHROW(require_fit_options({.clip_norm = 1e300, .validation_fraction = 0.999, .patience = 1}));
  CHECK_NOTHROW(require_fit_options({.callback = nullptr}));
}

TEST_CASE("Each option outside its range is refused with its name and value", "[fit_options]") {
  check_refused({.epochs = 0}, "epochs of at least 1, got 0");
  check_refused({.batch_size = -7}, "batch_size of at least 1, got -7");
  for (const double bad : {0.0, -1e-3, infinity, -infinity, nan_value}) {
    check_refused({.learning_rate = bad}, "a finite learning_rate above 0, got " + bijou::detail::joined({bad}));
  }
  check_refused({.schedule = nullptr}, "a schedule, got an empty function");
  for (const double bad : {-1e-3, infinity, nan_value}) {
    check_refused({.clip_norm = bad}, "a finite clip_norm of at least 0, got " + bijou::detail::joined({bad}));
  }
  for (const double bad : {-0.1, 1.0, 2.0, infinity, nan_value}) {
    check_refused({.validation_fraction = bad}, "validation_fraction in [0, 1), got " + bijou::detail::joined({bad}));
  }
  check_refused({.validation_fraction = 0.1, .patience = -1}, "patience of at least 0, got -1");
  check_refused({.patience = 3}, "a validation_fraction above 0 to go with a patience of 3, got 0");
  check_refused({.threads = 0}, "threads of at least 1, got 0");
}

TEST_CASE("validation_count rounds, and refuses what leaves too few events", "[fit_options]") {
  CHECK(validation_count({}, 2) == 0);
  CHECK(validation_count({.validation_fraction = 0.3}, 3) == 1);
  CHECK(validation_count({.validation_fraction = 0.25}, 1000) == 250);
  CHECK_THROWS_WITH(validation_count({}, 1), "fit: expected at least 2 events, got 1");
  const std::string sides =
      "fit: expected a validation_fraction that leaves 1 event or more to validate with and 2 or more to train with, ";
  CHECK_THROWS_WITH(validation_count({.validation_fraction = 0.01}, 40), sides + "got 0.01 of 40 events");
  CHECK_THROWS_WITH(validation_count({.validation_fraction = 0.9}, 10), sides + "got 0.9 of 10 events");
}

TEST_CASE("factor_at hands on step and total and refuses what is no factor", "[fit_options]") {
  CHECK(factor_at([](auto step, auto total) { return static_cast<double>(10 * step + total); }, 2, 5) == 25);
  CHECK(factor_at([](auto, auto) { return 0.0; }, 0, 1) == 0);
  for (const double bad : {-1.0, infinity, nan_value}) {
    CHECK_THROWS_WITH(factor_at([bad](auto, auto) { return bad; }, 3, 9),
                      "fit: expected the schedule to give a finite factor of at least 0, got " +
                          bijou::detail::joined({bad}) + " at step 3 of 9");
  }
}

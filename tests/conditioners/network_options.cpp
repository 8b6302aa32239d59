#include <bijou/conditioners/network_options.hpp>
#include <type_traits>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using bijou::NetworkOptions;

static_assert(std::is_convertible_v<std::vector<int>, NetworkOptions>);
static_assert(!std::is_convertible_v<int, NetworkOptions>);
static_assert(!std::is_default_constructible_v<NetworkOptions>);
static_assert(!std::is_constructible_v<NetworkOptions, std::vector<std::vector<int>>>);

TEST_CASE("NetworkOptions: sizes in braces, with or without a context", "[network_options]") {
  const auto take = [](const NetworkOptions& options) { return options; };
  CHECK(take({64}).hidden == std::vector<int>{64});
  CHECK(take({64, 32}).hidden == std::vector<int>{64, 32});
  CHECK(take({64, 32}).context_size == 0);
  CHECK(take({{64}, 3}).hidden == std::vector<int>{64});  // not two layers
  CHECK(take({{64}, 3}).context_size == 3);
  CHECK(take({{64, 32}, 3}).hidden == std::vector<int>{64, 32});
  CHECK(take({{64, 32}, 3}).context_size == 3);
  CHECK(take(std::vector<int>(5, 6)).hidden == std::vector<int>{6, 6, 6, 6, 6});
  const NetworkOptions copy = take({{7}, 1});
  CHECK(take({copy}).hidden == std::vector<int>{7});
  CHECK(take(copy).context_size == 1);
  CHECK(take({{64}, Eigen::Index{0}}).hidden == std::vector<int>{64});
  CHECK(take({std::vector<int>{8, 7}, 2}).context_size == 2);
}

TEST_CASE("NetworkOptions: what no network has is refused", "[network_options]") {
  const auto check = [](const NetworkOptions& options) {
    return message_of([&] { bijou::detail::require_network_options("Mlp", options); });
  };
  CHECK(check({1}) == "nothing was thrown");
  CHECK(check(NetworkOptions({})) == "Mlp: expected at least one hidden layer, got none");
  CHECK(check({4, 0}) == "Mlp: a hidden layer needs at least one unit, got 0");
  CHECK(check({-2, 4}) == "Mlp: a hidden layer needs at least one unit, got -2");
  CHECK(check({{4}, -1}) == "Mlp: expected a context of at least 0 rows, got -1");
}

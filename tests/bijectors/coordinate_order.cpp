#include <bijou/bijectors/coordinate_order.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;
using Order = std::vector<int>;

TEST_CASE("orders of coordinates", "[coordinate_order]") {
  CHECK(evens_first(5) == Order{0, 2, 4, 1, 3});
  CHECK(odds_first(5) == Order{1, 3, 0, 2, 4});
  CHECK(evens_first(1) == Order{0});
  CHECK(odds_first(1) == Order{0});
  CHECK(first_then_others(4, {3, 1}) == Order{3, 1, 0, 2});
  CHECK(first_then_others(3, {}) == Order{0, 1, 2});
}

TEST_CASE("a random order has each coordinate once, at each place equally often", "[coordinate_order]") {
  std::mt19937_64 rng{1};
  int first_is_2 = 0;
  for (int i = 0; i < 4000; ++i) {
    Order order = random_order(4, rng);
    first_is_2 += order.front() == 2;
    std::sort(order.begin(), order.end());
    REQUIRE(order == Order{0, 1, 2, 3});
  }
  CHECK(std::abs(first_is_2 - 1000) < 5 * 27);  // five standard deviations
}

TEST_CASE("coordinates that are not there or named twice are refused", "[coordinate_order]") {
  CHECK(message_of([] { first_then_others(3, {0, 3}); }) ==
        "first_then_others: expected coordinates from 0 to 2, got 3");
  CHECK(message_of([] { first_then_others(3, {1, 1}); }) ==
        "first_then_others: expected different coordinates, got 1 twice");
  CHECK(message_of([] { evens_first(-1); }) == "first_then_others: events need at least one row, got -1");
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { random_order(-1, rng); }) == "random_order: events need at least one row, got -1");
}

#include <bijou/core/index.hpp>
#include <type_traits>

#include "support/catch.hpp"

static_assert(std::is_same_v<bijou::Index, Eigen::Index>);

// Distinct from every size, and from a size that is not given.
TEST_CASE("any_size is no size of an event", "[index]") {
  CHECK(bijou::any_size < 0);
  CHECK(bijou::any_size == Eigen::Dynamic);  // what a type of Eigen::Dynamic without event_size() says of itself
}

TEST_CASE("most_of_matrix: never a vector", "[index]") {
  STATIC_REQUIRE(bijou::detail::most_of_matrix(0) == 2);
  STATIC_REQUIRE(bijou::detail::most_of_matrix(1) == 2);
  STATIC_REQUIRE(bijou::detail::most_of_matrix(3) == 3);
  STATIC_REQUIRE(bijou::detail::most_of_matrix(Eigen::Dynamic) == Eigen::Dynamic);
}

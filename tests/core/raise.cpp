#include <bijou/core/raise.hpp>
#include <stdexcept>

#include "support/catch.hpp"

// Without exceptions it prints and aborts: tests/no_exceptions.
TEST_CASE("raise throws an exception of the type that it is given", "[raise]") {
  using bijou::detail::raise;
  CHECK_THROWS_AS(raise(std::out_of_range("far")), std::out_of_range);
  CHECK_THROWS_WITH(raise(std::invalid_argument("wrong")), "wrong");
}

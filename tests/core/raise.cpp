#include <bijou/core/raise.hpp>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"

// Without exceptions: tests/no_exceptions.
TEST_CASE("raise throws the exception as it is", "[raise]") {
  struct Special : std::runtime_error {
    Special() : std::runtime_error("special"), number(7) {}
    int number;
  };
  try {
    bijou::detail::raise(Special{});
    FAIL("nothing was thrown");
  } catch (const Special& error) {
    CHECK(std::string(error.what()) == "special");
    CHECK(error.number == 7);
  }
}

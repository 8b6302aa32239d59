#include <bijou/training/checks.hpp>

#include "support/catch.hpp"

TEST_CASE("require_option names caller, range and value", "[checks]") {
  CHECK_NOTHROW(bijou::detail::require_option("SGD", true, "a momentum", -1));
  CHECK_THROWS_WITH(bijou::detail::require_option("SGD", false, "a momentum of at least 0", -0.5),
                    "SGD: expected a momentum of at least 0, got -0.5");
}

TEST_CASE("require_at_least takes the least value and shows every digit of one below", "[checks]") {
  CHECK_NOTHROW(bijou::detail::require_at_least("fit", "epochs", 1, 1));
  CHECK_THROWS_WITH(bijou::detail::require_at_least("fit", "epochs", 1, 0),
                    "fit: expected epochs of at least 1, got 0");
  CHECK_THROWS_WITH(bijou::detail::require_at_least("fit", "epochs", 1, -12'345'678),
                    "fit: expected epochs of at least 1, got -12345678");
}

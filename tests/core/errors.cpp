#include <bijou/core/errors.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("refuse names who and what", "[errors]") {
  CHECK_THROWS_AS(detail::refuse("MAF", "no"), std::invalid_argument);
  CHECK(message_of([] { detail::refuse("MAF", "no"); }) == "MAF: no");
}

TEST_CASE("require_rows names what was expected and what was given", "[errors]") {
  CHECK_NOTHROW(detail::require_rows("MAF", 2, 2));
  CHECK(message_of([] { detail::require_rows("MAF", 2, 3); }) == "MAF: expected events of 2 rows, got 3");
  CHECK(message_of([] { detail::require_rows("Chain", 5, 0); }) == "Chain: expected events of 5 rows, got 0");
}

TEST_CASE("require_size names what was expected and what was given", "[errors]") {
  CHECK_NOTHROW(detail::require_size("Affine", "a scale", 4, 4));
  CHECK(message_of([] { detail::require_size("Affine", "a scale", 4, 1); }) ==
        "Affine: expected a scale of size 4, got 1");
}

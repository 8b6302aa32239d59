#include <bijou/core/errors.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("throw_invalid_argument names caller and mistake", "[errors]") {
  CHECK_THROWS_AS(detail::throw_invalid_argument("MAF", "no"), std::invalid_argument);
  CHECK(message_of([] { detail::throw_invalid_argument("MAF", "no"); }) == "MAF: no");
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

TEST_CASE("A message joins text and numbers as people read them", "[errors]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(detail::joined({0.25, ", ", -1e300, ", ", 1e-8f, ", ", -infinity}) == "0.25, -1e+300, 1e-08, -inf");
  CHECK(detail::joined({nan, " ", -nan}) == "nan nan");
  CHECK(detail::joined({std::numeric_limits<Eigen::Index>::min(), " ", 7u, "", std::string(" of "),
                        std::string(300, 'x')}) == "-9223372036854775808 7 of " + std::string(300, 'x'));
}

TEST_CASE("require_coordinates refuses events without rows", "[errors]") {
  CHECK_NOTHROW(detail::require_coordinates("Affine", 1));
  CHECK(message_of([] { detail::require_coordinates("Affine", 0); }) == "Affine: events need at least one row, got 0");
}

TEST_CASE("require_each names the first bad entry and its place", "[errors]") {
  const auto positive = [](double x) { return x > 0; };
  CHECK_NOTHROW(detail::require_each("Uniform", "a width", Eigen::Vector2d(1, 2), positive));
  CHECK(message_of([&] { detail::require_each("Uniform", "a width", Eigen::Vector3d(1, -2, 0), positive); }) ==
        "Uniform: a width, got -2 in coordinate 1");
}

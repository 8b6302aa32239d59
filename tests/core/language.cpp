#include <bijou/core/language.hpp>

#include "support/catch.hpp"

// The sentence for an older standard is a test of its own, among the programs that must not compile.
TEST_CASE("the tests are compiled as C++20 or newer", "[language]") { CHECK(__cplusplus >= 202002L); }

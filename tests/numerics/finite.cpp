#include <bijou/numerics/finite.hpp>
#include <array>
#include <limits>
#include <vector>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("finite tells every number that is not", "[checks]", float, double) {
  using limits = std::numeric_limits<TestType>;
  for (const TestType x : {TestType{0}, TestType{1}, limits::max(), limits::min(), limits::denorm_min()}) {
    CHECK(bijou::detail::finite(x));
    CHECK(bijou::detail::finite(-x));
  }
  for (const TestType x : {limits::infinity(), limits::quiet_NaN(), limits::signaling_NaN()}) {
    CHECK_FALSE(bijou::detail::finite(x));
    CHECK_FALSE(bijou::detail::finite(-x));
  }
}

TEMPLATE_TEST_CASE("all_finite looks at every place of vectors of any size", "[checks]", float, double) {
  using limits = std::numeric_limits<TestType>;
  CHECK(bijou::detail::all_finite<TestType>(nullptr, 0));
  for (std::size_t size = 1; size < 140; ++size) {
    std::vector<TestType> x(size, -limits::max());
    const auto count = static_cast<bijou::Index>(size);
    CHECK(bijou::detail::all_finite(x.data(), count));
    for (TestType& place : x) {
      for (const TestType bad : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
        place = bad;
        CHECK_FALSE(bijou::detail::all_finite(x.data(), count));
      }
      place = -limits::max();
    }
    x.push_back(limits::infinity());  // beyond the end: not its business
    CHECK(bijou::detail::all_finite(x.data(), count));
  }
}

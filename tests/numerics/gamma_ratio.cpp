#include <bijou/numerics/gamma_ratio.hpp>
#include <algorithm>
#include <cmath>

#include "golden/mpmath.hpp"
#include "support/catch.hpp"

TEST_CASE("GammaRatio agrees with mpmath", "[gamma_ratio]") {
  for (const auto& [a, value, slope] : golden::mpmath::gamma_ratio) {
    INFO("a = " << a);
    const bijou::detail::GammaRatio ratio(a);
    CHECK(std::abs(ratio.value - value) < 1e-15 * std::max(1.0, std::abs(value)));
    CHECK(std::abs(ratio.slope - slope) <= 1e-15 * std::max(0.5 / a, std::abs(slope)));
    if (a >= 10) CHECK(ratio.value == Approx(value).epsilon(1e-13));
    if (a >= 10) CHECK(ratio.slope == Approx(slope).epsilon(1e-13));
    if (a >= 30) CHECK(ratio.value == Approx(value).epsilon(1e-15));
    if (a >= 30) CHECK(ratio.slope == Approx(slope).epsilon(1e-15));
  }
}

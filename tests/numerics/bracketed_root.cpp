#include <bijou/numerics/bracketed_root.hpp>
#include <cmath>
#include <vector>

#include "support/sweep.hpp"

using namespace bijou;

TEMPLATE_TEST_CASE("a bracketed root is found in every lane by itself", "[bracketed_root]", float, double) {
  using T = TestType;
  using V = Simd<T>;
  const double epsilon = std::numeric_limits<T>::epsilon();
  // y + m tanh y = sum, from nearly flat to nearly a step.
  for (const double m : {-0.999, -0.5, 0.0, 1.0, 50.0, 1e6}) {
    const auto root = [=](V sum) {
      const V reach = V::of(1.001 * std::abs(m));
      return detail::bracketed_root<T>(sum - reach, sum + reach, sum, [=](V y) {
        const V t = tanh(y);
        return detail::ValueAndSlope<T>{y + V::of(m) * t - sum, V::of(1) + V::of(m) * exp(V::of(-2) * log_cosh(y))};
      });
    };
    std::vector<T> exact, sums;
    for (int i = -60; i <= 60; ++i) {
      const double y = i * std::abs(i) * 1e-3 + 1e-3;
      exact.push_back(static_cast<T>(y));
      sums.push_back(static_cast<T>(y + m * std::tanh(y)));
    }
    const std::vector<T> found = laws::by_packet(sums, root);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      INFO("m = " << m << ", root " << exact[i]);
      const auto y = static_cast<double>(found[i]);
      const double rounding = 16 * epsilon * (1 + std::abs(m) + std::abs(y));
      CHECK(std::abs(y + m * std::tanh(y) - static_cast<double>(sums[i])) <= rounding);
    }
    for (std::size_t lane = 1; lane < static_cast<std::size_t>(V::size); ++lane) {
      CHECK(std::ranges::equal(laws::by_packet(sums, root, lane), found, laws::same_number<T>));
    }
    const std::vector<T> bad{std::numeric_limits<T>::quiet_NaN(), T(1)};
    const std::vector<T> mixed = laws::by_packet(bad, root);
    CHECK(std::isnan(mixed[0]));
    CHECK(laws::same_number(mixed[1], laws::by_packet(std::vector<T>{T(1)}, root)[0]));
  }
}

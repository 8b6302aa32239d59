#include <bijou/numerics/normal_functions.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "support/sweep.hpp"

using namespace bijou;

namespace {

constexpr auto cdf_of = [](auto a) { return normal_cdf(a); };
constexpr auto quantile_of = [](auto a) { return normal_quantile(a); };

// Real: the type in which a function of narrower numbers is exact.
template <class Real>
Real exact_cdf(Real x) {
  return std::erfc(-x / std::sqrt(Real(2))) / 2;
}

/// Newton's method from the lower side: on ln cdf, which is concave, or on cdf - 1/2 near the middle, where ln cdf
/// loses the digits that p - 1/2 has.
template <class Real>
Real exact_quantile(Real p) {
  if (!(p > 0 && p < 1)) {
    const Real infinity = std::numeric_limits<Real>::infinity();
    return p == 0 ? -infinity : p == 1 ? infinity : std::numeric_limits<Real>::quiet_NaN();
  }
  const Real half = Real(1) / 2;
  if (p == half) return 0;
  const Real y = p < half ? p : 1 - p;
  Real x = y < Real(1) / 10 ? -std::sqrt(-2 * std::log(y)) : Real(0);
  for (int i = 0; i < 100; ++i) {
    const Real density = std::exp(-x * x / 2) / std::sqrt(2 * std::acos(Real(-1)));
    const Real cdf = exact_cdf(x);
    const Real step = y > Real(4) / 10 ? (std::erf(x / std::sqrt(Real(2))) / 2 - (y - half)) / density
                                       : (std::log(cdf) - std::log(y)) * cdf / density;
    x -= step;
    if (std::abs(step) < Real(1e-12) * std::abs(x)) break;  // the next would be as small as its square
  }
  return p < half ? x : -x;
}

}  // namespace

TEMPLATE_TEST_CASE("normal_cdf is exact on both sides", "[normal_functions]", float, double) {
  using T = TestType;
  laws::check_over(laws::sweep<T>(), cdf_of, [](auto x) { return exact_cdf(x); }, 12, true);
  const auto finite = laws::sweep<T>([](T x) { return std::isfinite(x); });
  CHECK(laws::exceptions_raised(finite, cdf_of) == 0);
  CHECK(std::ranges::none_of(laws::by_packet(finite, cdf_of), laws::subnormal<T>));
}

TEMPLATE_TEST_CASE("normal_quantile is exact from the smallest to the largest probability", "[normal_functions]", float,
                   double) {
  using T = TestType;
  const auto values = laws::sweep<T>([](T x) { return !(x < 0) || x < T(-1e-3); });
  laws::check_over(values, quantile_of, [](auto x) { return exact_quantile(x); }, 8);
  const auto inside = laws::sweep<T>([](T x) { return x > 0 && x < 1; });
  CHECK(laws::exceptions_raised(inside, quantile_of) == 0);
}

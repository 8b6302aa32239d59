#include <bijou/bijectors/positive_diagonal.hpp>

#include "support/catch.hpp"

using bijou::Arena;
using bijou::detail::PositiveDiagonal;

TEMPLATE_TEST_CASE("a diagonal is positive for every parameter, with its slope and logarithm", "[positive_diagonal]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  Arena arena;
  const Eigen::Vector<T, 5> a(T(-1000), T(-2), T(0), T(3), PositiveDiagonal<T>::of_one());
  const PositiveDiagonal<T> d(a, arena);
  double log_det = 0;
  for (int i = 0; i < 5; ++i) {
    const auto x = static_cast<double>(a(i));
    const double exact = std::log1p(std::exp(x)) + 1e-3;
    CHECK(static_cast<double>(d(i)) == Approx(exact).epsilon(1e-6));
    CHECK(static_cast<double>(d.slope(i)) == Approx(1 / (1 + std::exp(-x))).epsilon(1e-6));
    log_det += std::log(exact);
  }
  CHECK(d.log_det() == Approx(log_det).epsilon(1e-6));
  CHECK(static_cast<double>(d(4)) == Approx(1).epsilon(4 * std::numeric_limits<T>::epsilon()));
}

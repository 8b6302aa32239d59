#include <bijou/numerics/quadrature.hpp>
#include <cmath>

#include "support/catch.hpp"

// A rule of n points is exact for polynomials of degree 2 n - 1: the integral of x^k over [0, 1] is 1 / (k + 1).
TEST_CASE("Gauss-Legendre integrates polynomials exactly", "[quadrature]") {
  const auto& rule = bijou::detail::GaussLegendre<8>::rule();
  for (int k = 0; k < 16; ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < 8; ++i) sum += rule.weights[i] * std::pow(rule.nodes[i], k);
    CHECK(sum == Approx(1.0 / (k + 1)).epsilon(1e-14));
  }
  double sum = 0;
  for (std::size_t i = 0; i < 8; ++i) sum += rule.weights[i] * std::pow(rule.nodes[i], 16);
  CHECK(std::abs(sum - 1.0 / 17) > 1e-12);  // and no further
}

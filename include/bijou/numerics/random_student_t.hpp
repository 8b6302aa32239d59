#pragma once

#include <bijou/numerics/random.hpp>
#include <cmath>

namespace bijou::detail {

/// Gamma(shape, 1) for a shape of at least 1: Marsaglia & Tsang, "A Simple Method for Generating Gamma Variables"
/// (2000). Rounding of the logarithm can change the verdict, not the value, which is one fused product and two plain
/// ones.
template <UniformRandomBitGenerator Rng>
double gamma_of_large_shape(Rng& rng, double shape) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(rng);
    const double root = std::fma(c, x, 1.0);
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = 1 - uniform(rng);  // never 0
    if (u < 1 - 0.0331 * (x * x) * (x * x)) return d * v;
    if (std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v))) return d * v;
  }
}

/// Student's t with any number of degrees of freedom: a normal over sqrt(G / a), G ~ Gamma(a, 1), a = degrees / 2. For
/// a below 1, G = G' U^(1 / a) with G' ~ Gamma(a + 1, 1); the power, which may underflow, stays an exponent.
template <UniformRandomBitGenerator Rng>
double student_t(Rng& rng, double degrees) {
  const double a = 0.5 * degrees;
  const double z = normal(rng);
  if (a >= 1) return z * std::sqrt(a / gamma_of_large_shape(rng, a));
  const double g = gamma_of_large_shape(rng, a + 1);
  return z * std::sqrt(a / g) * std::exp(0.5 * exponential(rng) / a);
}

}  // namespace bijou::detail

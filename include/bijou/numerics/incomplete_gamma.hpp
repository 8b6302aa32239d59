#pragma once

#include <cmath>
#include <limits>

namespace bijou::detail {

/// Q(a, x) = Gamma(a, x) / Gamma(a), the upper regularised incomplete gamma function, for a > 0 and x >= 0, within
/// 1e-13 of 1 for a up to 1e3. A series below x = a + 1 (DLMF 8.11.4), a continued fraction above (DLMF 8.9.2, by
/// Lentz's method).
inline double upper_incomplete_gamma(double a, double x) {
  if (!(x > 0)) return 1;
  if (x == std::numeric_limits<double>::infinity()) return 0;
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double scale = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a;
    double sum = term;
    for (double n = a + 1; term > sum * epsilon; ++n) sum += term *= x / n;
    return 1 - scale * sum;
  }
  constexpr double tiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / tiny;
  double d = 1 / b;
  double fraction = d;
  for (int n = 1; n < 100'000; ++n) {
    const double numerator = n * (a - n);
    b += 2;
    d = numerator * d + b;
    if (std::fabs(d) < tiny) d = tiny;
    d = 1 / d;
    c = b + numerator / c;
    if (std::fabs(c) < tiny) c = tiny;
    const double factor = d * c;
    fraction *= factor;
    if (std::fabs(factor - 1) <= epsilon) break;
  }
  return scale * fraction;
}

/// The probability that a chi-square with so many degrees of freedom is greater.
inline double chi_square_survival(double chi_square, double freedom) {
  return upper_incomplete_gamma(freedom / 2, chi_square / 2);
}

}  // namespace bijou::detail

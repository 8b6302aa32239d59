#pragma once

#include <cmath>

namespace bijou::detail {

/// G(a) = ln Gamma(a + 1/2) - ln Gamma(a) - ln(a) / 2 for a > 0, within 1e-15, and its derivative within 1e-15 of the
/// largest of its terms. G goes to 0 like -1 / (8 a), where the difference of two log-gammas would have no digits left.
///
/// From a = 12 on by Stirling's series, G = sum over even n of (2^(1 - n) - 2) B_n / (n (n - 1) a^(n - 1)) with the
/// Bernoulli numbers B_n (DLMF 5.11.8 with h = 1/2 and 0); below by Gamma(a + 1) = a Gamma(a).
struct GammaRatio {
  double value;
  double slope;

  explicit GammaRatio(double a) {
    constexpr int steps = 12;
    if (a >= steps) {
      stirling(a);
      return;
    }
    const double far = a + steps;
    stirling(far);
    double above = 1;
    double below = 1;
    double sum = 0;
    for (int k = 0; k < steps; ++k) {
      above *= a + k;
      below *= a + k + 0.5;
      sum += 0.5 / ((a + k) * (a + k + 0.5));
    }
    value += std::log(above / below) + 0.5 * std::log(far / a);
    slope += sum - 0.5 * steps / (a * far);
  }

 private:
  void stirling(double a) {
    // The coefficients of a^-1, a^-3, ..., a^-15.
    constexpr double coefficients[] = {-1.0 / 8,      1.0 / 192,      -1.0 / 640,       17.0 / 14336,
                                       -31.0 / 18432, 691.0 / 180224, -5461.0 / 425984, 929569.0 / 15728640};
    const double inverse = 1 / a;
    const double square = inverse * inverse;
    value = 0;
    slope = 0;
    for (int k = 7; k >= 0; --k) {
      value = value * square + coefficients[k];
      slope = slope * square - (2 * k + 1) * coefficients[k];
    }
    value *= inverse;
    slope *= square;
  }
};

}  // namespace bijou::detail

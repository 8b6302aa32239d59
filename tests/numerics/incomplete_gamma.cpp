#include <bijou/numerics/incomplete_gamma.hpp>
#include <cmath>
#include <limits>

#include "support/catch.hpp"

using bijou::detail::chi_square_survival;
using bijou::detail::upper_incomplete_gamma;

TEST_CASE("The incomplete gamma function agrees with its closed forms at whole and half numbers",
          "[incomplete_gamma]") {
  for (double x = 1e-6; x < 600; x *= 1.3) {
    INFO("x = " << x);
    CHECK(std::abs(upper_incomplete_gamma(1, x) - std::exp(-x)) < 1e-13);
    CHECK(std::abs(upper_incomplete_gamma(0.5, x) - std::erfc(std::sqrt(x))) < 1e-13);
    double term = std::exp(-x);
    double sum = 0;  // Q(n, x) = e^-x sum of x^k / k!, k < n
    for (int n = 1; n <= 40; ++n) {
      sum += term;
      term *= x / n;
      CHECK(std::abs(upper_incomplete_gamma(n, x) - sum) < 1e-13);
    }
  }
  CHECK(upper_incomplete_gamma(30, 300) ==
        Approx(upper_incomplete_gamma(29, 300) *
               (1 + std::exp(29 * std::log(300.0) - 300 - std::lgamma(30)) / upper_incomplete_gamma(29, 300)))
            .epsilon(1e-10));
}

TEST_CASE("The incomplete gamma function at the ends", "[incomplete_gamma]") {
  CHECK(upper_incomplete_gamma(3, 0) == 1);
  CHECK(upper_incomplete_gamma(3, std::numeric_limits<double>::infinity()) == 0);
  CHECK(upper_incomplete_gamma(500, 1) == Approx(1).margin(1e-13));
  CHECK(upper_incomplete_gamma(2, 5000) == 0);
}

TEST_CASE("Quantiles of chi-square", "[incomplete_gamma]") {
  // Abramowitz & Stegun, table 26.8.
  CHECK(chi_square_survival(3.84146, 1) == Approx(0.05).epsilon(1e-5));
  CHECK(chi_square_survival(16.9190, 9) == Approx(0.05).epsilon(1e-5));
  CHECK(chi_square_survival(140.169, 100) == Approx(0.005).epsilon(1e-4));
}

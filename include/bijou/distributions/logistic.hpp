#pragma once

#include <bijou/distributions/location_scale.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/simd.hpp>
#include <cmath>

namespace bijou {

/// ln p(x) = -sum_i [ |u_i| + 2 ln(1 + e^-|u_i|) + ln scale_i ], u_i = (x_i - loc_i) / scale_i: the density whose
/// distribution function is the sigmoid, 1 / (1 + e^-u).
///
/// @f[ \ln p(x) = -\sum_i \bigl[u_i + 2 \ln(1 + e^{-u_i}) + \ln s_i\bigr], \qquad u_i = \frac{x_i - \mu_i}{s_i} @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Trained are loc and log_scale = ln scale. Throws
/// std::invalid_argument as DiagonalNormal does.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Logistic<double, 2> p{{1.0, -1.0}, {0.5, 2.0}};
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// const Eigen::VectorXd log_p = p.log_prob(x);
/// @endcode
template <class T, int D>
class Logistic : public detail::LocationScale<Logistic<T, D>, T, D> {
 public:
  using detail::LocationScale<Logistic, T, D>::LocationScale;
  static constexpr const char* name = "Logistic";
  static constexpr const char* formula = "x_i ~ Logistic(loc_i, scale_i)";

  struct Standard {
    static constexpr double log_norm = 0;
    static Simd<T> log_density(Simd<T> u) {
      return Simd<T>::of(-2) * log1p(detail::exp_without_overflow(-abs(u))) - abs(u);
    }
    static Simd<T> slope(Simd<T> u) { return -tanh(Simd<T>::of(0.5) * u); }
  };
  Standard standard(Index) const { return {}; }

  // P(|u| > a) = 2 e^-a / (1 + e^-a), which is e^-E with E ~ Exp(1) for a = E + ln(2 - e^-E): right in the tails, where
  // the logit of a uniform number has no digits left.
  template <class Rng>
  double draw_standard(Index, Rng& rng) const {
    const double signed_e = detail::laplace(rng);
    const double e = std::abs(signed_e);
    return std::copysign(e + std::log1p(-std::expm1(-e)), signed_e);
  }
};

}  // namespace bijou

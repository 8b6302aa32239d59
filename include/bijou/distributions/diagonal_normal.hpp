#pragma once

#include <bijou/distributions/location_scale.hpp>
#include <bijou/numerics/random.hpp>

namespace bijou {

/// ln p(x) = -sum_i [ ((x_i - loc_i) / scale_i)^2 / 2 + ln scale_i + ln(2 pi) / 2 ].
///
/// @f[ \ln p(x) = -\sum_i \left[\frac{(x_i - \mu_i)^2}{2 \sigma_i^2} + \ln\sigma_i + \frac{\ln 2\pi}{2}\right] @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Trained are loc and log_scale = ln scale, so that a
/// scale stays positive. Throws std::invalid_argument for a scale that is not positive, for numbers that are not finite
/// and for vectors of different sizes.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::DiagonalNormal<double, 2> p{{1.0, -1.0}, {0.5, 2.0}};
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// const Eigen::VectorXd log_p = p.log_prob(x);
/// @endcode
template <class T, int D>
class DiagonalNormal : public detail::LocationScale<DiagonalNormal<T, D>, T, D> {
 public:
  using detail::LocationScale<DiagonalNormal, T, D>::LocationScale;
  static constexpr const char* name = "DiagonalNormal";
  static constexpr const char* formula = "x_i ~ N(loc_i, scale_i^2)";

  struct Standard {
    static constexpr double log_norm = -0.91893853320467274178;  // -ln(2 pi) / 2
    static Simd<T> log_density(Simd<T> u) { return Simd<T>::of(-0.5) * u * u; }
    static Simd<T> slope(Simd<T> u) { return -u; }
  };
  Standard standard(Index) const { return {}; }

  template <class Rng>
  double draw_standard(Index, Rng& rng) const {
    return normal(rng);
  }
};

}  // namespace bijou

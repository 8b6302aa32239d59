#pragma once

#include <bijou/distributions/location_scale.hpp>
#include <bijou/numerics/random.hpp>

namespace bijou {

/// ln p(x) = -sum_i [ |x_i - loc_i| / scale_i + ln(2 scale_i) ].
///
/// @f[ \ln p(x) = -\sum_i \left[\frac{|x_i - \mu_i|}{b_i} + \ln 2 b_i\right] @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Trained are loc and log_scale = ln scale. At x_i =
/// loc_i, where ln p has a kink, its derivative is taken as 0. Throws std::invalid_argument as DiagonalNormal does.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Laplace<double, 2> p{{1.0, -1.0}, {0.5, 2.0}};
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// const Eigen::VectorXd log_p = p.log_prob(x);
/// @endcode
template <class T, int D>
class Laplace : public detail::LocationScale<Laplace<T, D>, T, D> {
 public:
  using detail::LocationScale<Laplace, T, D>::LocationScale;
  static constexpr const char* name = "Laplace";
  static constexpr const char* formula = "x_i ~ Laplace(loc_i, scale_i)";

  struct Standard {
    static constexpr double log_norm = -0.69314718055994530942;  // -ln 2
    static Simd<T> log_density(Simd<T> u) { return -abs(u); }
    static Simd<T> slope(Simd<T> u) {
      const Simd<T> zero = Simd<T>::of(0);
      return select(u < zero, Simd<T>::of(1), select(zero < u, Simd<T>::of(-1), u));
    }
  };
  Standard standard(Index) const { return {}; }

  template <class Rng>
  double draw_standard(Index, Rng& rng) const {
    return detail::laplace(rng);
  }
};

}  // namespace bijou

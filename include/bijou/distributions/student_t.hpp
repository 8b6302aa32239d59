#pragma once

#include <bijou/distributions/location_scale.hpp>
#include <bijou/numerics/gamma_ratio.hpp>
#include <bijou/numerics/random_student_t.hpp>
#include <bijou/numerics/simd.hpp>
#include <algorithm>
#include <cmath>

namespace bijou {

/// Student's t in each coordinate, with nu_i degrees of freedom: ln p(x) = sum_i [ ln Gamma((nu_i + 1) / 2) -
/// ln Gamma(nu_i / 2) - ln(pi nu_i) / 2 - ln scale_i - (nu_i + 1) / 2 ln(1 + u_i^2 / nu_i) ], u_i = (x_i - loc_i) /
/// scale_i. Tails that fall as |x|^-(nu + 1), where those of a normal base make a flow bend.
///
/// @f[
///   \ln p(x) = \sum_i \left[\ln\Gamma\frac{\nu_i + 1}{2} - \ln\Gamma\frac{\nu_i}{2} - \frac{\ln\pi\nu_i}{2} - \ln
///   s_i
///   - \frac{\nu_i + 1}{2} \ln\left(1 + \frac{u_i^2}{\nu_i}\right)\right], \qquad u_i = \frac{x_i - \mu_i}{s_i}
/// @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Trained are loc, log_scale = ln scale and
/// log_degrees = ln nu. Right for every nu, below 1 (where draws beyond the largest number are that number) to beyond
/// 1e8 (a normal), and for every u that is a number. Throws std::invalid_argument as DiagonalNormal does, and for
/// degrees that are not positive.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StudentT<double, 2> p{{1.0, -1.0}, {0.5, 2.0}, {3.0, 10.0}};
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// const Eigen::VectorXd log_p = p.log_prob(x);
/// @endcode
template <class T, int D>
class StudentT : public detail::LocationScale<StudentT<T, D>, T, D> {
  using Base = detail::LocationScale<StudentT, T, D>;

 public:
  using typename Base::Vector;
  static constexpr const char* name = "StudentT";
  static constexpr const char* formula = "x_i ~ t(loc_i, scale_i, nu_i)";

  StudentT(const Vector& loc, const Vector& scale, const Vector& degrees) : Base(loc, scale), log_degrees_(degrees) {
    detail::require_size(name, "degrees", loc.size(), degrees.size());
    detail::require_each(name, "degrees must be finite and positive", degrees, Base::is_positive);
    log_degrees_ = degrees.array().log();
    detail::require_parameters(name, *this);
  }

  /// nu, the degrees of freedom, D.
  Vector degrees() const { return log_degrees_.array().exp(); }

  static constexpr auto members() {
    return detail::with_elements(Base::members(), [](const auto&... entries) {
      return Members{entries..., parameter<LogOfScale>("log_degrees", &StudentT::log_degrees_)};
    });
  }

  class Standard {
    using V = Simd<T>;

   public:
    double log_norm;

    explicit Standard(double degrees)
        : inverse_root_(static_cast<T>(1 / std::sqrt(degrees))),
          power_(static_cast<T>(0.5 * degrees + 0.5)),
          slope_(static_cast<T>((degrees + 1) / std::sqrt(degrees))),
          half_degrees_(static_cast<T>(0.5 * degrees)) {
      const double unit = std::exp2(std::floor((std::min)(0.0, 0.5 * std::log2(degrees))));
      unit_ = static_cast<T>(unit);
      unit_inverse_root_ = static_cast<T>(unit / std::sqrt(degrees));
      log_unit_ = static_cast<T>(std::log(unit));
      const detail::GammaRatio ratio(0.5 * degrees);
      log_norm = ratio.value - 0.91893853320467274178;  // ln(2 pi) / 2
      norm_slope_ = static_cast<T>(0.5 * degrees * ratio.slope);
    }

    V log_density(V u) const {
      const Tail tail(abs(u), *this);
      return -(V(power_) * tail.log);
    }

    // -(nu + 1) u / (nu + u^2).
    V slope(V u) const {
      const Tail tail(abs(u), *this);
      return detail::with_sign_of(-u, V(slope_) * (tail.smaller / tail.sum));
    }

    // d ln q/dln nu, with y = u^2 / nu: a G'(a) - nu / 2 [ln(1 + y) - y / (1 + y)] + y / (1 + y) / 2, a = nu / 2. The
    // bracket cancels for small y: with t = y / (2 + y), ln(1 + y) = 2 (t + t^3 / 3 + ...), y / (1 + y) = 2 t / (1 +
    // t).
    V shape_slope(V u) const {
      const V w = abs(u) * V(inverse_root_);
      const Tail tail(abs(u), *this);
      const V fraction = select(V::of(1) < w, V::of(1), tail.smaller * tail.smaller) / tail.sum;
      const V small = minimum(w, V::of(0.5)) * minimum(w, V::of(0.5));
      const V t = small / (small + V::of(2));
      const V series = detail::polynomial(t * t, T(1) / T(17), T(1) / T(15), T(1) / T(13), T(1) / T(11), T(1) / T(9),
                                          T(1) / T(7), T(1) / T(5), T(1) / T(3));
      const V near = V::of(2) * t * t * (V::of(1) / (V::of(1) + t) + t * series);
      const V bracket = select(w < V::of(0.5), near, tail.log - fraction);
      return V(norm_slope_) - V(half_degrees_) * bracket + V::of(0.5) * fraction;
    }

   private:
    /// Of w = |u| / sqrt(nu): the smaller of w and 1 / w, 1 + its square, and ln(1 + w^2). A large w is taken in units
    /// that are a power of 2, 1 unless nu < 1, in which it does not overflow.
    struct Tail {
      V smaller, sum, log;
      Tail(V u, const Standard& of) {
        const V w = u * V(of.inverse_root_);
        const auto is_large = V::of(1) < w;
        const V unit(of.unit_);
        const V larger = maximum(u * V(of.unit_inverse_root_), unit);
        smaller = select(is_large, unit / larger, w);
        sum = V::of(1) + smaller * smaller;
        const V of_large = V::of(2) * (bijou::log(larger) - V(of.log_unit_));
        log = log1p(smaller * smaller) + select(is_large, of_large, V::of(0));
      }
    };

    T inverse_root_, power_, slope_, half_degrees_, norm_slope_;
    T unit_, unit_inverse_root_, log_unit_;  // unit_: at most sqrt(nu)
  };
  Standard standard(Index i) const { return Standard(std::exp(static_cast<double>(log_degrees_(i)))); }

  template <class Rng>
  double draw_standard(Index i, Rng& rng) const {
    return detail::student_t(rng, std::exp(static_cast<double>(log_degrees_(i))));
  }

 private:
  Vector log_degrees_;
};

}  // namespace bijou

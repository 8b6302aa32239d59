#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <cmath>
#include <numbers>

namespace bijou {

/// ln p(x) = -sum_i [ ((x_i - loc_i) / scale_i)^2 / 2 + ln scale_i + ln(2 pi) / 2 ].
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
class DiagonalNormal : public DistributionCalls<DiagonalNormal<T, D>, T, D> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "DiagonalNormal";
  static constexpr const char* formula = "x_i ~ N(loc_i, scale_i^2)";
  static_assert(D == Eigen::Dynamic || D > 0, "DiagonalNormal: events need at least one row");

  DiagonalNormal(const Vector& loc, const Vector& scale) : loc_(loc), log_scale_(scale) {
    detail::require_size(name, "a scale", loc.size(), scale.size());
    detail::require_coordinates(name, loc.size());
    detail::require_each(name, "a scale must be finite and positive", scale,
                         [](T s) { return detail::finite(s) && s > T(0); });
    log_scale_ = scale.array().log();
    detail::require_parameters(name, *this);
  }

  Index event_size() const { return loc_.size(); }
  const Vector& loc() const { return loc_; }
  Vector scale() const { return log_scale_.array().exp(); }

  static constexpr auto members() {
    return std::tuple{parameter("loc", &DiagonalNormal::loc_),
                      parameter<LogOfScale>("log_scale", &DiagonalNormal::log_scale_)};
  }

  using DistributionCalls<DiagonalNormal, T, D>::log_prob;

  void log_prob(DensityEvaluation<T> e) const {
    e.log_prob -= 0.5 * static_cast<double>(e.input.rows()) * std::log(2 * std::numbers::pi) +
                  log_scale_.template cast<double>().sum();
    for (Index i = 0; i < e.input.rows(); ++i) {
      const Simd<T> loc(loc_(i));
      const Simd<T> inverse_scale(std::exp(-log_scale_(i)));
      for (Index n = 0; n < e.input.cols(); n += Simd<T>::size) {
        const Simd<T> u = (e.input.load(i, n) - loc) * inverse_scale;
        e.log_prob.add(n, Simd<T>::of(-0.5) * u * u);
      }
    }
  }

  // With u = (x - loc) / scale and g = dL/dln p: dL/dx = -g u / scale, dL/dloc = sum_n g u / scale,
  // dL/dlog_scale = sum_n g (u^2 - 1).
  void log_prob_pullback(DensityPullback<T> p) const {
    auto [d_loc, d_log_scale] = gradients(*this, p);
    for (Index i = 0; i < p.input.rows(); ++i) {
      const T inverse_scale = std::exp(-log_scale_(i));
      Row<T> d_x = p.input_gradient.row(i);
      d_x = (loc_(i) - p.input.row(i)) * (inverse_scale * inverse_scale) * p.log_prob_gradient;
      d_loc(i) -= d_x.sum();
      d_log_scale(i) += (p.log_prob_gradient * (((p.input.row(i) - loc_(i)) * inverse_scale).square() - T(1))).sum();
    }
  }

  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) events(i, n) = static_cast<T>(normal(rng));
    }
    for (Index i = 0; i < events.rows(); ++i) {
      const T s = std::exp(log_scale_(i));
      for (Index n = 0; n < events.cols(); ++n) events(i, n) = loc_(i) + s * events(i, n);
    }
  }

 private:
  Vector loc_;
  Vector log_scale_;
};

}  // namespace bijou

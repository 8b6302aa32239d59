#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/sums.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace bijou::detail {

/// What densities share whose coordinates are independent, each with a location and a scale: ln p(x) = sum_i [ln
/// q_i(u_i)
/// - ln scale_i], u_i = (x_i - loc_i) / scale_i. Trained are loc and log_scale = ln scale, so that a scale stays
/// positive.
///
/// Self, derived from this, says what q is:
///
/// | expression | meaning |
/// |---|---|
/// | `auto q = self.standard(i)` | the density of u_i |
/// | `q.log_norm` | the constant in ln q |
/// | `q.log_density(u)`, `q.slope(u)` | of a packet: ln q(u) without the constant; d ln q/du |
/// | `q.shape_slope(u)` | if q has a parameter of its own, which follows loc and log_scale in the list: d ln q for it |
/// | `self.draw_standard(i, rng)` | a draw of q, in double |
template <class Self, class T, int D>
class LocationScale : public DistributionCalls<Self, T, D> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static_assert(D == Eigen::Dynamic || D > 0, "a distribution of events without rows: they need at least one");

  LocationScale(const Vector& loc, const Vector& scale) : loc_(loc), log_scale_(scale) {
    require_size(Self::name, "a scale", loc.size(), scale.size());
    require_coordinates(Self::name, loc.size());
    require_each(Self::name, "a scale must be finite and positive", scale, is_positive);
    log_scale_ = scale.array().log();
    require_parameters(Self::name, *this);
  }

  Index event_size() const { return loc_.size(); }
  static constexpr bool coordinates_are_independent() { return true; }
  const Vector& loc() const { return loc_; }
  Vector scale() const { return log_scale_.array().exp(); }

  static constexpr auto members() {
    return Members{parameter("loc", &LocationScale::loc_),
                   parameter<LogOfScale>("log_scale", &LocationScale::log_scale_)};
  }

  using DistributionCalls<Self, T, D>::log_prob;

  void log_prob(DensityEvaluation<T> e) const {
    double constant = -sum_in_order(log_scale_.head(e.input.rows()));
    for (Index i = 0; i < e.input.rows(); ++i) {
      const auto standard = this->self().standard(i);
      constant += standard.log_norm;
      const Simd<T> loc(loc_(i));
      const Simd<T> inverse_scale(std::exp(-log_scale_(i)));
      for (Index n = 0; n < e.input.cols(); n += Simd<T>::size) {
        e.log_prob.add(n, standard.log_density((e.input.load(i, n) - loc) * inverse_scale));
      }
    }
    e.log_prob += constant;
  }

  // With g = dL/dln p and q' = d ln q/du: dL/dx = g q' / scale, dL/dloc = -sum_n g q' / scale,
  // dL/dlog_scale = -sum_n g (1 + u q').
  void log_prob_pullback(DensityPullback<T> p) const {
    auto into = gradients(this->self(), p);
    const Arena::Frame frame(p.pass.arena);
    Row<T> by_scale = p.pass.arena.template row<T>(p.input.cols());
    Row<T> by_shape = p.pass.arena.template row<T>(p.input.cols());
    for (Index i = 0; i < p.input.rows(); ++i) {
      const auto standard = this->self().standard(i);
      constexpr bool has_shape = requires(Simd<T> u) { standard.shape_slope(u); };
      const Simd<T> loc(loc_(i));
      const Simd<T> inverse_scale(std::exp(-log_scale_(i)));
      for (Index n = 0; n < p.input.cols(); n += Simd<T>::size) {
        const Simd<T> u = (p.input.load(i, n) - loc) * inverse_scale;
        const Simd<T> g = p.log_prob_gradient.load(n);
        const Simd<T> slope = standard.slope(u);
        p.input_gradient.store(i, n, g * slope * inverse_scale);
        by_scale.store(n, g * (u * slope + Simd<T>::of(1)));
        if constexpr (has_shape) by_shape.store(n, g * standard.shape_slope(u));
      }
      into.template get<0>()(i) -= p.input_gradient.row(i).sum();
      into.template get<1>()(i) -= by_scale.sum();
      if constexpr (has_shape) into.template get<2>()(i) += by_shape.sum();
    }
  }

  /// A draw that is beyond the range of T is the largest number.
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    constexpr T largest = (std::numeric_limits<T>::max)();
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) {
        const double u = this->self().draw_standard(i, rng);
        events(i, n) = static_cast<T>((std::clamp)(u, -double{largest}, double{largest}));
      }
    }
    for (Index i = 0; i < events.rows(); ++i) {
      const T s = std::exp(log_scale_(i));
      for (Index n = 0; n < events.cols(); ++n) {
        events(i, n) = (std::clamp)(loc_(i) + s * events(i, n), -largest, largest);
      }
    }
  }

 protected:
  static bool is_positive(T value) { return finite(value) && value > T(0); }

 private:
  Vector loc_;
  Vector log_scale_;
};

}  // namespace bijou::detail

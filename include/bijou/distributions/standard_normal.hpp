#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/numerics/random.hpp>
#include <cmath>
#include <numbers>

namespace bijou {

/// ln p(x) = -|x|^2 / 2 - D/2 ln(2 pi).
///
/// @f[ \ln p(x) = -\frac{|x|^2}{2} - \frac{D}{2} \ln 2\pi @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Nothing to train. Throws std::invalid_argument for a
/// size below 1.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StandardNormal<double, 2> p;
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// const Eigen::VectorXd log_p = p.log_prob(x);
/// const bijou::StandardNormal<double, Eigen::Dynamic> same{2};
/// @endcode
template <class T, int D>
class StandardNormal : public DistributionCalls<StandardNormal<T, D>, T, D> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "StandardNormal";
  static constexpr const char* formula = "x_i ~ N(0, 1)";
  static_assert(D == Eigen::Dynamic || D > 0, "StandardNormal: events need at least one row");

  StandardNormal()
  requires(D != Eigen::Dynamic)
  = default;

  explicit StandardNormal(Index event_size)
  requires(D == Eigen::Dynamic)
      : event_size_(event_size) {
    detail::require_coordinates(name, event_size);
  }

  Index event_size() const { return event_size_; }
  static constexpr bool coordinates_are_independent() { return true; }

  static constexpr auto members() { return Members{structure("event_size", &StandardNormal::event_size_)}; }

  using DistributionCalls<StandardNormal, T, D>::log_prob;

  void log_prob(DensityEvaluation<T> e) const {
    e.log_prob -= 0.5 * static_cast<double>(e.input.rows()) * std::log(2 * std::numbers::pi);
    for (Index i = 0; i < e.input.rows(); ++i) {
      for (Index n = 0; n < e.input.cols(); n += Simd<T>::size) {
        const Simd<T> x = e.input.load(i, n);
        e.log_prob.add(n, Simd<T>::of(-0.5) * x * x);
      }
    }
  }

  // dL/dx = -x dL/dln p.
  void log_prob_pullback(DensityPullback<T> p) const { p.input_gradient = -(p.input.rowwise() * p.log_prob_gradient); }

  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) events(i, n) = static_cast<T>(normal(rng));
    }
  }

 private:
  Index event_size_ = D;
};

}  // namespace bijou

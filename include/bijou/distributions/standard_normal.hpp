#pragma once

#include <bijou/distributions/evaluate.hpp>
#include <numbers>

namespace bijou {

/// ln p(x) = -|x|^2 / 2 - D/2 ln(2 pi).
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
class StandardNormal {
 public:
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "StandardNormal";
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

  void log_prob(ConstTile<T> x, Row<T> log_p) const {
    const T constant = T(0.5) * static_cast<T>(x.rows()) * std::log(T(2) * std::numbers::pi_v<T>);
    log_p -= T(0.5) * x.square().colwise().sum() + constant;
  }

  // dL/dx = -x dL/dln p.
  void log_prob_pullback(ConstTile<T> x, ConstRow<T> log_p_gradient, Tile<T> x_gradient, ParameterGradient<T>) const {
    x_gradient = -(x.rowwise() * log_p_gradient);
  }

  template <class Events, class Rng>
  void draw(Events& events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) events(i, n) = static_cast<T>(normal(rng));
    }
  }

  auto log_prob(const auto& x) const { return detail::log_prob(*this, x); }
  auto sample(Index n, auto& rng) const { return detail::sample(*this, n, rng); }

 private:
  Index event_size_ = D;
};

}  // namespace bijou

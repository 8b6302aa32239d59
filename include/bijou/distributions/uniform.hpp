#pragma once

#include <bijou/distributions/evaluate.hpp>
#include <bijou/numerics/finite.hpp>
#include <limits>

namespace bijou {

/// ln p(x) = -sum_i ln(high_i - low_i) in the box low <= x <= high, -infinity outside.
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Nothing to train. Throws std::invalid_argument
/// unless low < high in each coordinate, with finite bounds and widths.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Uniform<double, 2> p{{0.0, 0.0}, {1.0, 4.0}};
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// const double log_p = p.log_prob(Eigen::Vector2d(0.5, 0.5));  // -ln 4
/// @endcode
template <class T, int D>
class Uniform {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Uniform";
  static_assert(D == Eigen::Dynamic || D > 0, "Uniform: events need at least one row");

  Vector low;
  Vector high;

  Uniform(const Vector& low_in, const Vector& high_in) : low(low_in), high(high_in) {
    detail::require_size(name, "an upper bound", low.size(), high.size());
    detail::require_coordinates(name, low.size());
    detail::require_each(name, "a bound must be finite", low, detail::finite<T>);
    detail::require_each(name, "a bound must be finite", high, detail::finite<T>);
    detail::require_each(name, "high - low must be finite and positive", high - low,
                         [](T width) { return detail::finite(width) && width > T(0); });
  }

  Index event_size() const { return low.size(); }

  static constexpr auto state_list() { return std::tuple{named("low", &Uniform::low), named("high", &Uniform::high)}; }

  void log_prob(ConstTile<T> x, Row<T> log_p) const {
    const T inside = -(high - low).array().log().sum();
    for (Index n = 0; n < x.cols(); ++n) {
      bool outside = false;
      T sum = 0;  // carries a NaN on
      for (Index i = 0; i < x.rows(); ++i) {
        outside = outside || x(i, n) < low(i) || x(i, n) > high(i);
        sum += T(0) * x(i, n);
      }
      log_p(n) += outside ? -std::numeric_limits<T>::infinity() : inside + sum;
    }
  }

  // Constant inside, and no slope is given to the edge.
  void log_prob_pullback(ConstTile<T>, ConstRow<T>, Tile<T> x_gradient, ParameterGradient<T>) const {
    x_gradient.setZero();
  }

  template <class Events, class Rng>
  void draw(Events& events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) {
        const double u = uniform(rng);
        events(i, n) = (std::min)(static_cast<T>(low(i) + (static_cast<double>(high(i)) - low(i)) * u), high(i));
      }
    }
  }

  auto log_prob(const auto& x) const { return detail::log_prob(*this, x); }
  auto sample(Index n, auto& rng) const { return detail::sample(*this, n, rng); }
};

}  // namespace bijou

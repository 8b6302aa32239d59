#pragma once

#include <bijou/distributions/evaluate.hpp>
#include <bijou/numerics/finite.hpp>
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
class DiagonalNormal {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "DiagonalNormal";
  static_assert(D == Eigen::Dynamic || D > 0, "DiagonalNormal: events need at least one row");

  Vector loc;
  Vector log_scale;

  DiagonalNormal(const Vector& loc_in, const Vector& scale) : loc(loc_in), log_scale(scale.array().log()) {
    detail::require_size(name, "a scale", loc.size(), scale.size());
    detail::require_coordinates(name, loc.size());
    detail::require_each(name, "a loc must be finite", loc, detail::finite<T>);
    detail::require_each(name, "a scale must be finite and positive", scale,
                         [](T s) { return detail::finite(s) && s > T(0); });
  }

  Index event_size() const { return loc.size(); }
  Vector scale() const { return log_scale.array().exp(); }

  static constexpr auto parameter_list() {
    return std::tuple{named("loc", &DiagonalNormal::loc), named("log_scale", &DiagonalNormal::log_scale)};
  }

  void log_prob(ConstTile<T> x, Row<T> log_p) const {
    const T constant = T(0.5) * static_cast<T>(x.rows()) * std::log(T(2) * std::numbers::pi_v<T>) + log_scale.sum();
    log_p -= constant;
    for (Index i = 0; i < x.rows(); ++i) log_p -= T(0.5) * ((x.row(i) - loc(i)) * std::exp(-log_scale(i))).square();
  }

  // With u = (x - loc) / scale and g = dL/dln p: dL/dx = -g u / scale, dL/dloc = sum_n g u / scale,
  // dL/dlog_scale = sum_n g (u^2 - 1).
  void log_prob_pullback(ConstTile<T> x, ConstRow<T> log_p_gradient, Tile<T> x_gradient,
                         ParameterGradient<T> gradient) const {
    for (Index i = 0; i < x.rows(); ++i) {
      const T inverse_scale = std::exp(-log_scale(i));
      x_gradient.row(i) = (loc(i) - x.row(i)) * (inverse_scale * inverse_scale) * log_p_gradient;
      gradient(i) -= x_gradient.row(i).sum();
      gradient(event_size() + i) += (log_p_gradient * (((x.row(i) - loc(i)) * inverse_scale).square() - T(1))).sum();
    }
  }

  template <class Events, class Rng>
  void draw(Events& events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) events(i, n) = static_cast<T>(normal(rng));
    }
    for (Index i = 0; i < events.rows(); ++i) {
      const T s = std::exp(log_scale(i));
      for (Index n = 0; n < events.cols(); ++n) events(i, n) = loc(i) + s * events(i, n);
    }
  }

  auto log_prob(const auto& x) const { return detail::log_prob(*this, x); }
  auto sample(Index n, auto& rng) const { return detail::sample(*this, n, rng); }
};

}  // namespace bijou

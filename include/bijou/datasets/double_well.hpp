#pragma once

#include <bijou/distributions/distribution.hpp>
#include <bijou/numerics/quadrature.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace bijou::datasets {

/// An energy of two wells without its normaliser, with a = tilt, b = bend, c = wall: with the defaults and D = 2 that
/// of Wu, Koehler & Noe 2020, "Stochastic normalizing flows", section 5.1.
///
/// @f[ \ln p(x) = -(a x_0 + b x_0^2 + c x_0^4) - \frac{1}{2} \sum_{i > 0} x_i^2 + \text{const} @f]
///
/// T: float or double. D: number of coordinates, at least 1.
///
/// @code{.cpp}
/// const bijou::datasets::DoubleWell<double> well;
/// const double log_p = bijou::log_prob(well, Eigen::Vector2d(0.0, 0.0));  // 0
/// const double log_z = well.log_normalizer();                            // 10.2934797071 nats
/// @endcode
template <class T, int D = 2>
struct DoubleWell {
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "DoubleWell";
  static_assert(D > 0, "DoubleWell: events need at least one row");

  /// Factor of x_0, which makes one well deeper.
  T tilt = T(-0.5);
  /// Factor of x_0^2; below 0 for two wells.
  T bend = T(-6);
  /// Factor of x_0^4, above 0.
  T wall = T(1);

  static constexpr Index event_size() { return D; }

  void log_prob(DensityEvaluation<T> e) const {
    const auto x = e.input.row(0);
    e.log_prob -= x * (tilt + x * (bend + wall * x.square()));
    if constexpr (D > 1) e.log_prob -= e.input.bottomRows(D - 1).square().colwise().sum() * T(0.5);
  }

  void log_prob_pullback(DensityPullback<T> p) const {
    const auto x = p.input.row(0);
    p.input_gradient.row(0) = -p.log_prob_gradient * (tilt + x * (2 * bend + 4 * wall * x.square()));
    for (Index i = 1; i < D; ++i) p.input_gradient.row(i) = -p.log_prob_gradient * p.input.row(i);
  }

  void hessian_product(HessianProduct<T> h) const {
    h.output.row(0) = -(2 * bend + 12 * wall * h.input.row(0).square()) * h.vector.row(0);
    for (Index i = 1; i < D; ++i) h.output.row(i) = -h.vector.row(i);
  }

  /// ln of the integral of p over all events, or over those with x_0 < 0.
  double log_normalizer() const { return log_integral(-reach, reach); }
  /// Over the half with x_0 < 0.
  double log_normalizer_of_left() const { return log_integral(-reach, 0); }

 private:
  static constexpr double reach = 8;

  // Gauss-Legendre on 64 pieces, over numbers relative to the greatest.
  double log_integral(double from, double to) const {
    constexpr int pieces = 64;
    const auto& rule = detail::GaussLegendre<32>::rule();
    const auto log_density = [this](double x) {
      return -x * (static_cast<double>(tilt) + x * (static_cast<double>(bend) + static_cast<double>(wall) * x * x));
    };
    const double width = (to - from) / pieces;
    double greatest = log_density(from);
    for (int k = 1; k <= 64 * pieces; ++k) greatest = std::fmax(greatest, log_density(from + k * width / 64));
    double sum = 0;
    for (int k = 0; k < pieces; ++k) {
      for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
        sum += rule.weights[i] * width * std::exp(log_density(from + width * (k + rule.nodes[i])) - greatest);
      }
    }
    return greatest + std::log(sum) + (D - 1) * 0.5 * std::log(2 * std::numbers::pi);
  }
};

}  // namespace bijou::datasets

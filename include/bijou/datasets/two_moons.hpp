#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>
#include <string_view>

#include <bijou/datasets/points.hpp>
#include <bijou/numerics/quadrature.hpp>
#include <bijou/numerics/random.hpp>

namespace bijou {
namespace detail {

// int_a^b exp(-kappa (cos a - cos s)) ds for 0 <= a <= b <= pi. With y = tan(s / 4) the exponent and ds are rational:
//   cos a - cos s = 8 (y^2 - ya^2) (1 - y^2 ya^2) / ((1 + y^2)^2 (1 + ya^2)^2),   ds = 4 dy / (1 + y^2).
// The integrand falls from 1; what lies below exp(-40) is left out, so that one Gauss-Legendre rule resolves the rest.
inline double von_mises_integral(double kappa, double a, double b) {
  const double ya = std::tan(a / 4);
  const double sin_a = 2 * ya / (1 + ya * ya);  // of half the angle, as cos_a, sin_cut and cos_cut
  const double cos_a = (1 - ya * ya) / (1 + ya * ya);
  double width = std::tan(b / 4) - ya;
  if (kappa * cos_a * cos_a > 20) {
    const double rise = 20 / kappa;  // of sin^2(s / 2), from a to where the integrand is exp(-40)
    const double sin_cut = std::sqrt(sin_a * sin_a + rise);
    const double cos_cut = std::sqrt(cos_a * cos_a - rise);
    width = std::fmin(width, rise * ((1 + cos_a) / (sin_a + sin_cut) + sin_a / (cos_a + cos_cut)) /
                                 ((1 + cos_a) * (1 + cos_cut)));  // y - ya without cancellation
  }
  const auto& rule = GaussLegendre<32>::rule();
  const double scale = 8 * kappa / ((1 + ya * ya) * (1 + ya * ya));
  double sum = 0;
  for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
    const double step = width * rule.nodes[i];
    const double y2 = (ya + step) * (ya + step);
    const double jacobian = 1 / (1 + y2);
    const double fall = scale * step * (2 * ya + step) * (1 - ya * ya * y2) * jacobian * jacobian;
    sum += rule.weights[i] * jacobian * std::exp(-fall);
  }
  return 4 * width * sum;
}

// Log density at u of a point uniform on the arc (cos t, sin t), 0 <= t <= pi, plus N(0, noise^2 I). At polar (r, phi):
//   1 / (2 pi^2 noise^2) int_0^pi exp(-((r - 1)^2 + 2 r (1 - cos(t - phi))) / (2 noise^2)) dt.
// The peak t = phi, or else the two ends of the arc, split the integral in two pieces that fall from their start.
inline double log_arc_density(const Point& u, double noise) {
  const double r = std::hypot(u.x, u.y);
  const double phi = std::atan2(u.y, u.x);
  const double precision = 1 / (noise * noise);
  const double kappa = r * precision;
  std::array<double, 2> exponent{};  // at the start of each piece
  std::array<double, 2> integral{};
  if (phi >= 0) {
    exponent.fill(-(r - 1) * (r - 1) * precision / 2);
    integral = {von_mises_integral(kappa, 0, phi), von_mises_integral(kappa, 0, std::numbers::pi - phi)};
  } else {
    exponent = {-((u.x - 1) * (u.x - 1) + u.y * u.y) * precision / 2,
                -((u.x + 1) * (u.x + 1) + u.y * u.y) * precision / 2};
    integral = {von_mises_integral(kappa, -phi, std::numbers::pi),
                von_mises_integral(kappa, std::numbers::pi + phi, std::numbers::pi)};
  }
  const double top = std::fmax(exponent[0], exponent[1]);
  const double sum = integral[0] * std::exp(exponent[0] - top) + integral[1] * std::exp(exponent[1] - top);
  return top + std::log(sum * precision / (2 * std::numbers::pi * std::numbers::pi));
}

// log((exp(a) + exp(b)) / 2)
inline double log_mean(double a, double b) {
  return std::fmax(a, b) + std::log1p(std::exp(-std::fabs(a - b))) - std::numbers::ln2;
}

// The turn by pi about (1/2, 1/4) that takes each arc of the two moons to the other.
inline Point other_moon(const Point& x) { return {1 - x.x, 0.5 - x.y}; }

inline double log_two_moons_density(const Point& x, double noise) {
  return log_mean(log_arc_density(x, noise), log_arc_density(other_moon(x), noise));
}

}  // namespace detail

namespace datasets {

/// n independent points of the two moons: each takes the outer or the inner arc a with probability 1/2, plus isotropic
/// Gaussian noise of standard deviation `noise`.
///
/// @f[
///   x = a(t) + \text{noise} \cdot \epsilon, \qquad a(t) = (\cos t, \sin t) \text{ or } \bigl(1 - \cos t,\;
///   \tfrac{1}{2} - \sin t\bigr), \quad t \sim U[0, \pi], \quad \epsilon \sim N(0, I)
/// @f]
///
/// The arcs are those of scikit-learn's make_moons, which spaces t evenly instead and puts half the points on each arc.
/// Two calls with the same generator and different noise give the same points, displaced in proportion. Returns 2 x n,
/// one column per point.
/// Throws std::invalid_argument for n < 0 and for a noise that is negative or not finite.
///
/// @code{.cpp}
/// #include <bijou/datasets/two_moons.hpp>
/// #include <random>
/// int main() {
///   std::mt19937_64 rng{0};
///   const auto x = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);           // 2 x 1000
///   const float ideal = -bijou::datasets::two_moons_log_density(x, 0.05f).mean();  // nats
///   return ideal < bijou::datasets::two_moons_entropy(0.05) + 0.1 ? 0 : 1;
/// }
/// @endcode
template <std::floating_point T, class Rng = detail::Braces>
Eigen::Matrix<T, 2, Eigen::Dynamic> two_moons(Eigen::Index n, T noise, Rng&& rng) {
  detail::require_generator<Rng>();
  detail::require_count("two_moons", n);
  detail::require_noise("two_moons", static_cast<double>(noise), true);
  return detail::points<T>(n, [&]() -> detail::Point {
    const bool outer = uniform_index(rng, 2) == 0;
    const double t = std::numbers::pi * uniform(rng);
    const detail::Point arc{std::cos(t), std::sin(t)};
    const detail::Point shift = static_cast<double>(noise) * detail::normal_pair(rng);
    return (outer ? arc : detail::other_moon(arc)) + shift;
  });
}

/// The exact log density of two_moons in nats, one value per column of x (2 x N): each arc convolved with the Gaussian
/// by quadrature, the two summed by logsumexp, so that it is finite for far points too (as long as |x|^2 / noise^2 is).
/// Computed in double, where the density is right to 1e-10 for a noise from 0.005 to 2, and returned as T. Throws
/// std::invalid_argument unless x has 2 rows and the noise is above 0 and finite.
///
/// @f[
///   p(x) = \frac{1}{2\pi} \int_0^\pi \bigl[N(x; a_{\text{outer}}(t), \text{noise}^2 I) + N(x; a_{\text{inner}}(t),
///   \text{noise}^2 I)\bigr]\, dt
/// @f]
template <std::floating_point T, class Derived>
Eigen::Matrix<T, Eigen::Dynamic, 1> two_moons_log_density(const Eigen::MatrixBase<Derived>& x, T noise) {
  detail::require_rows("two_moons_log_density", 2, x.rows());
  detail::require_noise("two_moons_log_density", static_cast<double>(noise), false);
  const Eigen::MatrixXd points = x.template cast<double>();
  Eigen::Matrix<T, Eigen::Dynamic, 1> log_density(points.cols());
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    log_density(i) =
        static_cast<T>(detail::log_two_moons_density({points(0, i), points(1, i)}, static_cast<double>(noise)));
  }
  return log_density;
}

/// The differential entropy of two_moons in nats: the least mean negative log-likelihood that a model can reach.
/// Deterministic two-dimensional quadrature, right to 1e-8 for a noise above 1e-7; below, rounding takes over. Throws
/// std::invalid_argument unless the noise is above 0 and finite.
///
/// @f[ H = -\int p(x) \ln p(x)\, dx @f]
inline double two_moons_entropy(double noise) {
  detail::require_noise("two_moons_entropy", noise, false);
  // By symmetry minus the mean of log p over the outer arc alone, in polar coordinates about its centre.
  const auto& rule = detail::GaussLegendre<16>::rule();
  const double reach = 8.5 * noise;  // beyond, the density is below exp(-36) of its peak
  const double r_low = std::fmax(0.0, 1 - reach);
  const int r_panels = static_cast<int>(std::ceil((1 + reach - r_low) / (3 * noise)));
  const double r_width = (1 + reach - r_low) / r_panels;
  double entropy = 0;
  const auto add = [&](double r, double phi, double weight) {
    const detail::Point x{r * std::cos(phi), r * std::sin(phi)};
    if (phi < 0 && std::hypot(std::fabs(x.x) - 1, x.y) > reach) return;
    const double outer = detail::log_arc_density(x, noise);
    const double inner = detail::log_arc_density(detail::other_moon(x), noise);
    entropy -= weight * r * std::exp(outer) * detail::log_mean(outer, inner);
  };
  // Panels from both ends of the arc, phi = 0 and pi, both ways: as narrow as the noise at the ends, wider beyond.
  double panel = std::fmin(noise, 0.2);
  for (double begin = 0; begin < std::numbers::pi / 2; begin += panel, panel = std::fmin(1.5 * panel, 0.2)) {
    const double width = std::fmin(panel, std::numbers::pi / 2 - begin);
    for (std::size_t i = 0; i < 16; ++i) {
      const double s = begin + width * rule.nodes[i];
      for (int k = 0; k < r_panels; ++k) {
        for (std::size_t j = 0; j < 16; ++j) {
          const double r = r_low + r_width * (k + rule.nodes[j]);
          const double weight = width * rule.weights[i] * r_width * rule.weights[j];
          for (const double phi : {s, std::numbers::pi - s, -s, s - std::numbers::pi}) add(r, phi, weight);
        }
      }
    }
  }
  return entropy;
}

}  // namespace datasets
}  // namespace bijou

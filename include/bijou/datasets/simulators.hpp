#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/datasets/points.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/numerics/random.hpp>
#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <numbers>

/// Simulators for likelihood-free inference whose likelihoods are known, as in the benchmark of Lueckmann et al. 2021:
/// what a method finds has an exact answer beside it. Each has prior(), x = simulator(theta, rng),
/// log_likelihood(theta, x) and the entropy H[x | theta] under the prior, which no flow's test loss can be below.
namespace bijou::datasets {

/// Two moons (Greenberg et al. 2019, appendix A.5.1). The posterior is two crescents, cut by the box for some x.
///
/// @f[ \theta \sim U[-1, 1]^2, \quad a \sim U(-\pi/2, \pi/2), \quad r \sim N(0.1, 0.01^2) @f]
/// @f[
///   x = \left(r \cos a + \frac{1}{4} - \frac{|\theta_0 + \theta_1|}{\sqrt 2},\; r \sin a + \frac{\theta_1 -
///   \theta_0}{\sqrt 2}\right)
/// @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::TwoMoonsSimulator<float> simulator;
/// const auto [theta, x] = bijou::simulate(simulator.prior(), simulator, 1'000, rng);
/// const Eigen::Matrix2Xf exact = simulator.sample_posterior(simulator.observation(0), 1'000, rng);
/// @endcode
template <class T>
struct TwoMoonsSimulator {
  using Vector = Eigen::Vector<T, 2>;

  /// H[x | theta] in nats.
  static constexpr double entropy() { return -4.3491645; }
  /// Of the benchmark.
  static constexpr int observations = 10;

  static Uniform<T, 2> prior() { return {Vector(T(-1), T(-1)), Vector(T(1), T(1))}; }

  template <UniformRandomBitGenerator Rng>
  Vector operator()(const Vector& theta, Rng& rng) const {
    const Point noise = moon(rng);
    const Point shift = shift_of(theta);
    return Vector(static_cast<T>(noise.x + shift.x), static_cast<T>(noise.y + shift.y));
  }

  /// In nats; -infinity where no noise leads to x.
  double log_likelihood(const Vector& theta, const Vector& x) const {
    const Point shift = shift_of(theta);
    const Point noise{static_cast<double>(x(0)) - shift.x - 0.25, static_cast<double>(x(1)) - shift.y};
    const double r = std::sqrt(noise.x * noise.x + noise.y * noise.y);
    if (!(noise.x > 0)) return -std::numeric_limits<double>::infinity();
    const double z = (r - radius) / deviation;
    return -0.5 * z * z - std::log(deviation * std::sqrt(2 * std::numbers::pi)) - std::log(std::numbers::pi * r);
  }

  /// Exact draws from the posterior for x, 2 x n: those of the crescents that the box cuts are drawn again. Throws
  /// std::invalid_argument if a million draws in a row lie outside.
  template <UniformRandomBitGenerator Rng>
  Eigen::Matrix<T, 2, Eigen::Dynamic> sample_posterior(const Vector& x, Index n, Rng& rng) const {
    Eigen::Matrix<T, 2, Eigen::Dynamic> theta(2, n);
    int outside = 0;
    for (Index k = 0; k < n;) {
      const Point noise = moon(rng);
      const double along = (uniform_index(rng, 2) == 0 ? 1.0 : -1.0) * (noise.x - static_cast<double>(x(0)));
      const double across = static_cast<double>(x(1)) - noise.y;
      const double first = (along - across) / std::numbers::sqrt2;
      const double second = (along + across) / std::numbers::sqrt2;
      // |theta_0 + theta_1| cannot be negative.
      if (noise.x >= static_cast<double>(x(0)) && std::abs(first) <= 1 && std::abs(second) <= 1) {
        theta.col(k++) = Vector(static_cast<T>(first), static_cast<T>(second));
        outside = 0;
      } else if (++outside == 1'000'000) {
        detail::throw_invalid_argument("TwoMoonsSimulator", "no theta of the prior leads to x");
      }
    }
    return theta;
  }

  /// Observation i of the benchmark, which counts from 1; crescents of i = 4 and 9 are cut.
  static Vector observation(Index i) {
    static constexpr double all[observations][2] = {
        {-0.639671, 0.162347},  {-0.567669, -0.331948}, {0.003011, -0.645766}, {-0.250494, 0.633055},
        {-0.664636, -0.426045}, {-0.129403, 0.387357},  {0.194586, 1.040015},  {0.136038, 0.916045},
        {-0.179628, -0.545246}, {0.145634, -1.170141}};
    if (i < 0 || i >= observations)
      detail::throw_invalid_argument("TwoMoonsSimulator", "there are 10 observations, got ", i);
    return Vector(static_cast<T>(all[i][0]), static_cast<T>(all[i][1]));
  }

 private:
  static constexpr double radius = 0.1;
  static constexpr double deviation = 0.01;

  using Point = detail::Point;

  /// x for theta = 0.
  template <class Rng>
  static Point moon(Rng& rng) {
    const double angle = std::numbers::pi * (uniform(rng) - 0.5);
    const double r = radius + deviation * normal(rng);
    return {r * std::cos(angle) + 0.25, r * std::sin(angle)};
  }
  static Point shift_of(const Vector& theta) {
    const auto first = static_cast<double>(theta(0));
    const auto second = static_cast<double>(theta(1));
    return {-std::fabs(first + second) / std::numbers::sqrt2, (second - first) / std::numbers::sqrt2};
  }
};

/// Gaussian linear, 0.1 being the variance.
///
/// @f[
///   \theta \sim N(0, 0.1\, I), \qquad x \sim N(\theta, 0.1\, I), \qquad p(\theta \mid x) = N(\theta; x / 2, 0.05\, I)
/// @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::GaussianLinearSimulator<float, 10> simulator;
/// const auto [theta, x] = bijou::simulate(simulator.prior(), simulator, 1'000, rng);
/// const auto exact = simulator.posterior(x.col(0));
/// @endcode
template <class T, int D = 10>
struct GaussianLinearSimulator {
  using Vector = Eigen::Vector<T, D>;

  /// Of theta, and of each x around it.
  static constexpr double variance = 0.1;
  /// H[x | theta] in nats.
  static double entropy() { return 0.5 * D * std::log(2 * std::numbers::pi * std::numbers::e * variance); }

  static DiagonalNormal<T, D> prior() { return normal_around(Vector::Zero(), variance); }

  template <UniformRandomBitGenerator Rng>
  Vector operator()(const Vector& theta, Rng& rng) const {
    Vector x = theta;
    for (T& each : x) each += static_cast<T>(std::sqrt(variance) * normal(rng));
    return x;
  }

  double log_likelihood(const Vector& theta, const Vector& x) const {
    const double square = (x - theta).template cast<double>().squaredNorm();
    return -0.5 * square / variance - 0.5 * D * std::log(2 * std::numbers::pi * variance);
  }

  /// The exact posterior.
  DiagonalNormal<T, D> posterior(const Vector& x) const { return normal_around(x / T(2), variance / 2); }

 private:
  static DiagonalNormal<T, D> normal_around(const Vector& mean, double variance_of_each) {
    return {mean, Vector::Constant(static_cast<T>(std::sqrt(variance_of_each)))};
  }
};

/// Simple likelihood, complex posterior (Papamakarios, Sterratt & Murray 2019, section 5.1): x is four draws of N(m, S)
/// one after the other. Four modes, by the signs of theta_2 and theta_3.
///
/// @f[
///   \theta \sim U[-3, 3]^5, \quad m = (\theta_0, \theta_1), \quad S = \begin{pmatrix} s_0^2 & \rho s_0 s_1 \\ \rho s_0
///   s_1 & s_1^2 \end{pmatrix} + 10^{-6} I, \quad s_0 = \theta_2^2, \quad s_1 = \theta_3^2, \quad \rho = \tanh\theta_4
/// @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::SlcpSimulator<double> simulator;
/// const auto [theta, x] = bijou::simulate(simulator.prior(), simulator, 1'000, rng);  // 5 x 1000, 8 x 1000
/// @endcode
template <class T>
struct SlcpSimulator {
  /// theta, five numbers.
  using Parameters = Eigen::Vector<T, 5>;
  using Vector = Eigen::Vector<T, 8>;

  /// H[x | theta] in nats, by quadrature to 1e-4.
  static constexpr double entropy() { return 9.4747; }

  static Uniform<T, 5> prior() { return {Parameters::Constant(T(-3)), Parameters::Constant(T(3))}; }

  template <UniformRandomBitGenerator Rng>
  Vector operator()(const Parameters& theta, Rng& rng) const {
    const Factor factor(theta);
    Vector x;
    for (Index k = 0; k < 4; ++k) {
      const double first = normal(rng);
      const double second = normal(rng);
      x(2 * k) = static_cast<T>(static_cast<double>(theta(0)) + factor.l00 * first);
      x(2 * k + 1) = static_cast<T>(static_cast<double>(theta(1)) + factor.l10 * first + factor.l11 * second);
    }
    return x;
  }

  double log_likelihood(const Parameters& theta, const Vector& x) const {
    const Factor factor(theta);
    double log_p = -4 * std::log(2 * std::numbers::pi * factor.l00 * factor.l11);
    for (Index k = 0; k < 4; ++k) {
      const double first = (static_cast<double>(x(2 * k)) - static_cast<double>(theta(0))) / factor.l00;
      const double second =
          (static_cast<double>(x(2 * k + 1)) - static_cast<double>(theta(1)) - factor.l10 * first) / factor.l11;
      log_p -= 0.5 * (first * first + second * second);
    }
    return log_p;
  }

 private:
  /// S = L L^T.
  struct Factor {
    double l00, l10, l11;

    explicit Factor(const Parameters& theta) {
      const auto t = [&theta](Index i) { return static_cast<double>(theta(i)); };
      const double covariance = std::tanh(t(4)) * t(2) * t(2) * t(3) * t(3);
      l00 = std::sqrt(std::pow(t(2), 4) + 1e-6);
      l10 = covariance / l00;
      // S_11 - l10^2 without cancellation: with c = s_0^2 / (s_0^2 + 1e-6), s_1^2 (1 - rho^2 c) + 1e-6.
      const double shrunk = std::pow(t(2), 4) / (l00 * l00);
      const double rho = std::tanh(t(4));
      l11 = std::sqrt(std::pow(t(3), 4) * (1 - rho * rho * shrunk) + 1e-6);
    }
  };
};

}  // namespace bijou::datasets

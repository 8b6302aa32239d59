#include <bijou/datasets/simulators.hpp>
#include <bijou/inference/simulate.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// The mean of -ln p(x | theta) over simulations is the entropy: 4.5 standard errors, by chance 7e-6.
template <class Simulator>
void check_entropy(const Simulator& simulator, Index n, double entropy) {
  std::mt19937_64 rng{1};
  const auto pairs = simulate(simulator.prior(), simulator, n, rng);
  Eigen::ArrayXd minus_log_p(n);
  for (Index k = 0; k < n; ++k) minus_log_p(k) = -simulator.log_likelihood(pairs.theta.col(k), pairs.x.col(k));
  const double mean = minus_log_p.mean();
  const double error = std::sqrt((minus_log_p - mean).square().mean() / static_cast<double>(n));
  INFO("mean " << mean << " +- " << error);
  CHECK(std::abs(mean - entropy) < 4.5 * error);
}

}  // namespace

TEST_CASE("The entropies of simulators", "[simulators]") {
  check_entropy(datasets::TwoMoonsSimulator<double>{}, 20'000, datasets::TwoMoonsSimulator<double>::entropy());
  check_entropy(datasets::GaussianLinearSimulator<float>{}, 20'000, 2.6764599);
  check_entropy(datasets::SlcpSimulator<double>{}, 20'000, datasets::SlcpSimulator<double>::entropy());
  CHECK(datasets::GaussianLinearSimulator<float>::entropy() == Approx(2.6764599));
}

TEST_CASE("Two moons: likelihood and posterior", "[simulators]") {
  const datasets::TwoMoonsSimulator<double> simulator;
  // The integral over x, in polar coordinates about the centre of the moon: r from 0.05 to 0.15.
  const Eigen::Vector2d theta(0.3, -0.6);
  const Eigen::Vector2d centre(0.25 - 0.3 / std::sqrt(2.0), -0.9 / std::sqrt(2.0));
  double integral = 0;
  for (int i = 0; i < 200; ++i) {
    for (int k = 0; k < 40; ++k) {
      const double r = 0.05 + (i + 0.5) * 0.0005;
      const double a = std::numbers::pi * ((k + 0.5) / 40 - 0.5);
      const Eigen::Vector2d x = centre + r * Eigen::Vector2d(std::cos(a), std::sin(a));
      integral += std::exp(simulator.log_likelihood(theta, x)) * r * 0.0005 * std::numbers::pi / 40;
    }
  }
  CHECK(integral == Approx(1).epsilon(1e-5));
  CHECK(simulator.log_likelihood(theta, centre - Eigen::Vector2d(0.1, 0)) == -std::numeric_limits<double>::infinity());

  std::mt19937_64 rng{2};
  for (Index i = 0; i < simulator.observations; ++i) {
    const Eigen::Vector2d x = simulator.observation(i);
    const Eigen::Matrix2Xd draws = simulator.sample_posterior(x, 2000, rng);
    CHECK(draws.cwiseAbs().maxCoeff() <= 1);
    Eigen::ArrayXd log_p(2000);
    for (Index n = 0; n < 2000; ++n) log_p(n) = simulator.log_likelihood(draws.col(n), x);
    // -E ln p is the posterior's entropy -3.6560173 less ln Z, Z = 2 where both crescents lie in the box: seed 2, 4.5
    // standard errors, by chance 7e-6 each.
    const double error = std::sqrt((log_p - log_p.mean()).square().mean() / 2000);
    if (i != 4 && i != 9) CHECK(std::abs(log_p.mean() - std::log(2.0) - 3.6560173) < 4.5 * error);
    CHECK(std::abs((draws.colwise().sum().array() > 0).cast<double>().mean() - 0.5) < 4.5 * 0.5 / std::sqrt(2000.0));
  }
  CHECK(message_of([&] { simulator.observation(10); }) == "TwoMoonsSimulator: there are 10 observations, got 10");
  CHECK(message_of([&] { simulator.sample_posterior(Eigen::Vector2d(9, 9), 1, rng); }) ==
        "TwoMoonsSimulator: no theta of the prior leads to x");
}

TEST_CASE("Gaussian linear: the exact posterior is prior times likelihood", "[simulators]") {
  const datasets::GaussianLinearSimulator<double, 3> simulator;
  const Eigen::Vector3d x(0.3, -0.5, 1.0);
  const auto excess = [&](const Eigen::Vector3d& theta) {
    return simulator.prior().log_prob(theta) + simulator.log_likelihood(theta, x) -
           simulator.posterior(x).log_prob(theta);
  };
  CHECK(excess({0, 0, 0}) == Approx(excess({0.2, 0.7, -0.1})));
}

TEST_CASE("SLCP: the likelihood is that of four normal draws", "[simulators]") {
  const datasets::SlcpSimulator<double> simulator;
  const Eigen::Vector<double, 5> theta{-0.7, -2.9, -1.0, -0.9, 0.6};
  Eigen::Vector<double, 8> x;
  x << 1.4097, -1.8396, 0.8758, -4.4767, -0.1753, -3.1562, -0.6638, -2.7063;
  const double rho = std::tanh(0.6);
  Eigen::Matrix2d covariance;
  covariance << 1 + 1e-6, rho * 0.81, rho * 0.81, std::pow(0.9, 4) + 1e-6;
  double expected = 0;
  for (Index k = 0; k < 4; ++k) {
    const Eigen::Vector2d residual = x.segment<2>(2 * k) - theta.head<2>();
    const double det = covariance(0, 0) * covariance(1, 1) - covariance(0, 1) * covariance(1, 0);
    const double square = covariance(1, 1) * residual(0) * residual(0) + covariance(0, 0) * residual(1) * residual(1) -
                          2 * covariance(0, 1) * residual(0) * residual(1);
    expected -= std::log(2 * std::numbers::pi) + 0.5 * std::log(det) + 0.5 * square / det;
  }
  CHECK(simulator.log_likelihood(theta, x) == Approx(expected).epsilon(1e-10));
  Eigen::Vector<double, 5> mirrored = theta;
  mirrored(2) *= -1;
  CHECK(simulator.log_likelihood(mirrored, x) == simulator.log_likelihood(theta, x));
}

#include <bijou/datasets/simulators.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/inference/likelihood_energy.hpp>
#include <bijou/inference/posterior_chains.hpp>
#include <cmath>
#include <random>

#include "support/catch.hpp"
#include "support/linear_normal.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Chains give the mean and variance of a linear normal posterior", "[posterior_chains]") {
  // Prior N(1, 2^2), 10 observations of deviation 0.5: precision 1/4 + 40, mean (1/4 + 4 sum x) / precision.
  const DiagonalNormal<double, 2> prior{{1.0, 1.0}, {2.0, 2.0}};
  std::mt19937_64 rng{1};
  Eigen::Matrix2Xd x_o(2, 10);
  for (double& each : x_o.reshaped()) each = 1 + normal(rng);
  const LikelihoodEnergy posterior{LinearNormal<double>(0.5), x_o, prior};
  const Index n = 20'000;
  const auto draws = posterior.sample(n, rng);
  CHECK(draws.chain_count == 100);
  CHECK(draws.events.cols() == n);
  CHECK(draws.split_r_hat.maxCoeff() < 1.02);
  CHECK(draws.effective_draws.minCoeff() > 5000);
  const double precision = 40.25;
  for (Index i = 0; i < 2; ++i) {
    const double mean = (0.25 + 4 * x_o.row(i).sum()) / precision;
    const double error = std::sqrt(1 / (precision * draws.effective_draws(i)));
    // Seed 1; 4.5 standard errors, by chance 7e-6 each.
    CHECK(std::abs(draws.events.row(i).mean() - mean) < 4.5 * error);
    const double variance = (draws.events.row(i).array() - mean).square().mean();
    CHECK(variance * precision == Approx(1).margin(4.5 * std::sqrt(2 / draws.effective_draws(i))));
  }
  CHECK((draws.log_prob - log_prob(posterior, draws.events)).cwiseAbs().maxCoeff() < 1e-9);
}

TEST_CASE("Slice sampling of the exact two moons posterior visits both crescents alike", "[posterior_chains]") {
  const datasets::TwoMoonsSimulator<double> simulator;
  for (const Index i : {0, 4}) {
    const Eigen::Vector2d x_o = simulator.observation(i);
    const auto posterior =
        energy_of<double, 2>([&](const Eigen::Vector2d& theta) { return simulator.log_likelihood(theta, x_o); });
    std::mt19937_64 rng{7};
    const auto draws = sample_posterior(posterior, simulator.prior(), 10'000, rng);
    const double share = (draws.events.colwise().sum().array() > 0).cast<double>().mean();
    INFO("observation " << i + 1 << ", share " << share);
    // Seed 7. Chains hardly leave their crescent. Their shares are those of about 250 equal weights or more, with a
    // deviation of 0.032: 4 of it, by chance 6e-5.
    CHECK(std::abs(share - 0.5) < 0.13);
    CHECK(draws.events.cwiseAbs().maxCoeff() < 1);
    const Eigen::Matrix2Xd exact = simulator.sample_posterior(x_o, 10'000, rng);
    // |theta_0 + theta_1|: what the chains agree on, 100 independent draws at least.
    const auto of = [](const Eigen::Matrix2Xd& theta) { return theta.colwise().sum().cwiseAbs().eval(); };
    const double deviation = std::sqrt((of(exact).array() - of(exact).mean()).square().mean());
    CHECK(std::abs(of(draws.events).mean() - of(exact).mean()) < 4.4 * deviation * std::sqrt(1 / 100.0 + 1e-4));
  }
}

TEST_CASE("Draws are as many as asked, and bad options are refused", "[posterior_chains]") {
  const DiagonalNormal<double, 2> prior{{1.0, 1.0}, {2.0, 2.0}};
  std::mt19937_64 rng{1};
  const auto draws = sample_posterior(prior, prior, 7, rng, {.chains = 3, .warm_up = 2, .thin = 2, .candidates = 10});
  CHECK(draws.events.cols() == 7);
  CHECK(draws.log_prob.size() == 7);
  CHECK(draws.log_prob(6) == Approx(prior.log_prob(Eigen::Vector2d(draws.events.col(6)))));
  CHECK(std::isnan(draws.split_r_hat(0)));
  CHECK(message_of([&] { sample_posterior(prior, prior, 0, rng); }) ==
        "sample_posterior: expected at least 1 draw, got 0");
  CHECK(message_of([&] { sample_posterior(prior, prior, 1, rng, {.chains = 0}); }) ==
        "sample_posterior: expected chains of at least 1, got 0");
  const auto nowhere = energy_of<double, 2>([](const Eigen::Vector2d&) { return std::nan(""); });
  CHECK(message_of([&] { sample_posterior(nowhere, prior, 1, rng, {.candidates = 50}); }) ==
        "sample_posterior: none of 500 draws of the prior has a finite posterior");
}

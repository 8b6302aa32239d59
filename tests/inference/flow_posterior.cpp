#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/flows/nsf.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/inference/flow_posterior.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "support/agreeing_scores.hpp"
#include "support/catch.hpp"
#include "support/linear_normal.hpp"
#include "support/message_of.hpp"
#include "support/statistics.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const Uniform<double, 2> box{{-1.0, -1.0}, {1.0, 1.0}};
// q = N(x_o, 0.5^2), of which a fifth lies in the box.
const LinearNormal<double> half(0.5);
const Eigen::Vector2d x_o(1.0, 1.2);

double inside(double mean) {
  return statistics::normal_cdf((1 - mean) / 0.5) - statistics::normal_cdf((-1 - mean) / 0.5);
}
const double mass = inside(1.0) * inside(1.2);

}  // namespace

TEST_CASE("FlowPosterior draws within the support, and says how often", "[flow_posterior]") {
  const FlowPosterior posterior{half, x_o, box};
  std::mt19937_64 rng{1};
  const auto draws = posterior.sample(20'000, rng);
  CHECK(draws.events.cwiseAbs().maxCoeff() <= 1);
  // Seed 1; 4.5 standard errors, by chance 7e-6.
  CHECK(std::abs(draws.acceptance() - mass) < 4.5 * std::sqrt(mass * (1 - mass) / static_cast<double>(draws.tried)));
  CHECK(std::abs(std::exp(posterior.log_normalizer()) - mass) < 4.5 * std::sqrt(mass * (1 - mass) / 10'000));
  // E theta_0 of a normal number cut at -1 and 1.
  const auto phi = [](double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); };
  const double mean = 1.0 + 0.5 * (phi(-4.0) - phi(0.0)) / inside(1.0);
  CHECK(std::abs(draws.events.row(0).mean() - mean) < 4.5 * 0.3 / std::sqrt(20'000.0));
  const auto chains = posterior.sample_by_chains(20'000, rng, {.candidates = 1000});
  CHECK(chains.events.cwiseAbs().maxCoeff() <= 1);
  CHECK(std::abs(chains.events.row(0).mean() - mean) < 4.5 * 0.3 / std::sqrt(chains.effective_draws(0)));
}

TEST_CASE("FlowPosterior is normalised inside, -infinity outside, and has a gradient", "[flow_posterior]") {
  const FlowPosterior posterior{half, x_o, box, 100'000};
  Eigen::Matrix2Xd theta(2, 4);
  theta << 0.3, 1.01, -0.9, std::nan(""), 0.1, 0.0, 0.9, 0.0;
  const Eigen::VectorXd log_p = log_prob(posterior, theta);
  const Eigen::MatrixXd score = bijou::score(posterior, theta);
  for (const Index n : {0, 2}) {
    const Eigen::Vector2d residual = x_o - theta.col(n);
    CHECK(log_p(n) + posterior.log_normalizer() ==
          Approx(-2 * residual.squaredNorm() - std::log(2 * std::numbers::pi * 0.25)));
    CHECK((score.col(n) - 4 * residual).norm() < 1e-12);
  }
  CHECK(log_p(1) == -infinity);
  CHECK(std::isnan(log_p(3)));
  CHECK(score.col(1).norm() == 0);
  // The integral over the box is 1, to the error of Z.
  double integral = 0;
  constexpr int steps = 80;
  Eigen::Matrix2Xd grid(2, steps * steps);
  for (int i = 0; i < steps * steps; ++i) grid.col(i) << -1 + (i % steps + 0.5) / 40, -1 + (i / steps + 0.5) / 40;
  integral = log_prob(posterior, grid).array().exp().sum() / 1600;
  CHECK(integral == Approx(1).margin(0.02));
  CHECK(FlowPosterior(half, x_o, box, 0).log_normalizer() == 0);
  CHECK(FlowPosterior(half, x_o, box, 5000).log_normalizer() == FlowPosterior(half, x_o, box, 5000).log_normalizer());
}

TEST_CASE("The gradient of FlowPosterior under a flow agrees with differences", "[flow_posterior]") {
  std::mt19937_64 rng{3};
  flows::NSF<double> flow{{.event_size = 2, .context_size = 3, .layers = 2, .hidden = {8}}, rng};
  Eigen::VectorXd parameters(flow.parameter_count());
  for (double& each : parameters) each = 0.3 * normal(rng);
  flow.set_parameters(parameters);
  const Eigen::Vector3d observation(0.3, -1.0, 0.6);
  const FlowPosterior posterior{flow, observation, box, 1000};
  const Eigen::Matrix2Xd theta = Uniform<double, 2>{{-0.9, -0.9}, {0.9, 0.9}}.sample(20, rng);
  CHECK((log_prob(posterior, theta).array() + posterior.log_normalizer() -
         flow.given(observation).log_prob(theta).array())
            .abs()
            .maxCoeff() < 1e-12);
  CHECK(laws::agreeing_scores(posterior, theta) >= 18);
}

TEST_CASE("A flow that leaks everything ends with the acceptance, and chains go on", "[flow_posterior]") {
  const Eigen::Vector2d far(5.0, 0.0);
  const FlowPosterior posterior{half, far, box, 100};
  CHECK(posterior.log_normalizer() == Approx(-std::log(100.0)));
  std::mt19937_64 rng{1};
  const std::string message = message_of([&] { posterior.sample(10, rng); });
  CHECK(message.find("FlowPosterior: only 0 of 1") == 0);
  CHECK(message.find("an acceptance of 0; 10 were asked for") != std::string::npos);
  const auto draws = posterior.sample_by_chains(1000, rng, {.candidates = 100});
  CHECK(draws.events.cwiseAbs().maxCoeff() <= 1);
  CHECK(draws.events.row(0).mean() > 0.8);
}

TEST_CASE("FlowPosterior takes one observation", "[flow_posterior]") {
  const auto error = [](const Eigen::MatrixXd& x) { return message_of([&] { FlowPosterior(half, x, box); }); };
  CHECK(error(Eigen::MatrixXd::Zero(2, 3)).find("FlowPosterior: expected one observation, got 3 columns: ") == 0);
  CHECK(error(Eigen::MatrixXd::Zero(3, 1)) == "FlowPosterior: expected an observation of size 2, got 3");
  CHECK(error(Eigen::MatrixXd::Constant(2, 1, infinity)) ==
        "FlowPosterior: expected finite observations, got inf in column 0, row 0 (counting from 0)");
}

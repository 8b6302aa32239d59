#include <bijou/datasets/simulators.hpp>
#include <bijou/inference/neural_posterior.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "inference/refused_rounds.hpp"
#include "support/catch.hpp"
#include "support/made_flows.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

const datasets::GaussianLinearSimulator<float, 2> simulator;

auto make_model() {
  std::mt19937_64 rng{1};
  return NeuralPosterior{made_flows::maf<float>({.event_size = 2, .context_size = 2, .layers = 2, .hidden = {16}}, rng),
                         simulator.prior()};
}

}  // namespace

TEST_CASE("NeuralPosterior finds the posteriors of a linear normal model", "[neural_posterior]") {
  const RoundsFrom from = GENERATE(RoundsFrom::truncated_prior, RoundsFrom::posterior);
  CAPTURE(from == RoundsFrom::posterior);
  auto model = make_model();
  std::mt19937_64 rng{2};
  FitOptions options = simulation_fit_options(2000);
  options.epochs = 60;
  const Eigen::Vector2f x_o(0.3f, -0.5f);
  model.run(simulator, x_o, {.rounds = 2, .simulations = 2000, .fit = options, .from = from}, rng);
  CHECK(model.simulations().x.cols() == 4000);
  // theta of the second round lies where the posterior N(x_o / 2, 0.05) has its mass, within 4.3 deviations.
  const Eigen::Matrix2Xf second = model.simulations().theta.rightCols(2000);
  CHECK((second.colwise() - x_o / 2).cwiseAbs().maxCoeff() < 6 * 0.2236f);
  const auto posterior = model.posterior(x_o);
  const auto draws = posterior.sample(5000, rng);
  CHECK(draws.acceptance() == 1);  // the prior is positive everywhere
  const auto exact = simulator.posterior(x_o).sample_with_log_prob(5000, rng);
  for (Index i = 0; i < 2; ++i) {
    const float mean = draws.events.row(i).mean();
    CHECK(std::abs(mean - x_o(i) / 2) < 0.045f);
    CHECK((draws.events.row(i).array() - mean).square().mean() == Approx(0.05f).epsilon(0.25));
  }
  // The divergence of q from the exact posterior: not below 0 but by chance, 0.01 is 10 standard errors.
  const double divergence = static_cast<double>((exact.log_prob - log_prob(posterior, exact.events)).mean());
  CHECK(divergence > -0.01);
  CHECK(divergence < 0.1);
}

TEST_CASE("NeuralPosterior drops simulations that failed, and counts them", "[neural_posterior]") {
  auto model = make_model();
  Eigen::MatrixXf theta(2, 4), x(2, 4);
  theta.setRandom();
  x << 1, 2, 3, 4, 1, std::numeric_limits<float>::infinity(), 3, 4;
  model.append(theta, x);
  CHECK(model.dropped() == 1);
  CHECK(model.simulations().x.cols() == 3);
  model.append(Eigen::Vector2f(0.5f, 0.5f), Eigen::Vector2f(1, 2));
  CHECK(model.simulations().x.cols() == 4);
  CHECK(message_of([&] { model.append(theta, x, InvalidSimulations::refuse); }) ==
        "NeuralPosterior: 1 of 4 simulations are NaN or infinite");
  x.setOnes();
  auto constant = make_model();
  constant.append(theta, x);
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { constant.train(rng); }).find("NeuralPosterior: component 0 of x is 1 in all") == 0);
}

TEST_CASE("NeuralPosterior refuses what cannot be done before it simulates", "[neural_posterior]") {
  auto model = make_model();
  const auto message = [&](const Eigen::MatrixXf& x_o, const PosteriorRounds& rounds) {
    return refusal_of(model, x_o, rounds);
  };
  const Eigen::Vector2f x_o(0, 0);
  CHECK(message(Eigen::Vector3f::Zero(), {}) == "FlowPosterior: expected an observation of size 2, got 3");
  CHECK(message(Eigen::Matrix2f::Zero(), {}).find("FlowPosterior: expected one observation, got 2 columns") == 0);
  CHECK(message(x_o, {.truncation = {.left_out = 1}}) == "NeuralPosterior: expected left_out in [0, 1), got 1");
  CHECK(message(x_o, {.from = RoundsFrom::posterior, .atoms = 1}) ==
        "NeuralPosterior: expected atoms from 2 to 128, got 1");
  CHECK(message(x_o, {.fit = FitOptions{.learning_rate = -1}}) ==
        "fit: expected a finite learning_rate above 0, got -1");
}

TEST_CASE("NeuralPosterior refuses parameters that the prior has not", "[neural_posterior]") {
  std::mt19937_64 rng{1};
  NeuralPosterior model{made_flows::maf<float>({.event_size = 2, .context_size = 2}, rng),
                        Uniform<float, 2>{{-1.0f, -1.0f}, {1.0f, 1.0f}}};
  Eigen::Matrix2Xf theta = Eigen::Matrix2Xf::Random(2, 5);
  const Eigen::Matrix2Xf x = theta;
  theta(1, 3) = 1.5f;
  CHECK(message_of([&] { model.append(theta, x); }) ==
        "NeuralPosterior: theta in column 3 is not finite or outside of the prior's support");
  CHECK(model.simulations().x.cols() == 0);
}

TEST_CASE("NeuralPosterior refuses parts that do not fit", "[neural_posterior]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([&] {
          NeuralPosterior(made_flows::maf<float>({.event_size = 3, .context_size = 2}, rng), simulator.prior());
        }).find("NeuralPosterior: the parts have different event sizes, 3 and 2") == 0);
  CHECK(message_of([&] { NeuralPosterior(made_flows::maf<float>({.event_size = 2}, rng), simulator.prior()); }) ==
        "NeuralPosterior: expected a flow with a context, x");
  auto model = make_model();
  CHECK(message_of([&] { model.append(Eigen::MatrixXf::Zero(3, 4), Eigen::MatrixXf::Zero(2, 4)); }) ==
        "NeuralPosterior: expected rows of theta of size 2, got 3");
  CHECK(message_of([&] {
          model.posterior(Eigen::Matrix2f::Zero());
        }).find("FlowPosterior: expected one observation, got 2 columns") == 0);
}

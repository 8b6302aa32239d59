#include <bijou/datasets/simulators.hpp>
#include <bijou/inference/neural_likelihood.hpp>
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
  return NeuralLikelihood{
      made_flows::maf<float>({.event_size = 2, .context_size = 2, .layers = 2, .hidden = {16}}, rng),
      simulator.prior()};
}

}  // namespace

TEST_CASE("NeuralLikelihood finds the posterior of a linear normal model", "[neural_likelihood]") {
  auto model = make_model();
  std::mt19937_64 rng{2};
  const Eigen::Vector2f x_o(0.3f, -0.5f);
  FitOptions options = simulation_fit_options(2000);
  options.epochs = 60;
  const auto posterior = model.run(simulator, x_o, {.rounds = 2, .simulations = 2000, .fit = options}, rng);
  CHECK(model.simulations().x.cols() == 4000);
  CHECK(model.histories().size() == 2);
  // The second round's theta is drawn from the posterior, N(x_o / 2, 0.05): to a fifth of its deviation, and a quarter
  // of its variance.
  const auto second = model.simulations().theta.rightCols(2000);
  for (Index i = 0; i < 2; ++i) {
    CHECK(std::abs(second.row(i).mean() - x_o(i) / 2) < 0.06f);
    const auto draws = posterior.sample(5000, rng);
    const float mean = draws.events.row(i).mean();
    CHECK(std::abs(mean - x_o(i) / 2) < 0.045f);
    CHECK((draws.events.row(i).array() - mean).square().mean() == Approx(0.05f).epsilon(0.25));
  }
  // No test loss is below the entropy, but by chance: 4.5 standard errors of sqrt(D / 2 / N).
  const auto test = simulate(simulator.prior(), simulator, 5000, rng);
  const double excess = static_cast<double>(model.flow().given(test.theta).nll(test.x)) - simulator.entropy();
  CHECK(excess > -4.5 * std::sqrt(1 / 5000.0));
  CHECK(excess < 0.1);
  // Ten observations under one theta: N(sum x / 11, 0.1 / 11).
  Eigen::Matrix2Xf many(2, 10);
  for (Index k = 0; k < 10; ++k) many.col(k) = simulator(Eigen::Vector2f(0.1f, -0.2f), rng);
  const auto together = model.posterior(many).sample(5000, rng);
  for (Index i = 0; i < 2; ++i) {
    const float mean = together.events.row(i).mean();
    CHECK(std::abs(mean - many.row(i).sum() / 11) < 0.06f);
    CHECK((together.events.row(i).array() - mean).square().mean() < 2 * 0.1f / 11);
  }
}

TEST_CASE("NeuralLikelihood goes on from its flow, whose scales stay", "[neural_likelihood]") {
  auto model = make_model();
  std::mt19937_64 rng{2};
  const auto first = simulate(simulator.prior(), simulator, 200, rng);
  model.append(first.theta, first.x);
  model.train({.epochs = 1}, rng);
  const Eigen::VectorXf before = model.flow().given(first.theta).log_prob(first.x);
  const Eigen::VectorXf parameters = model.flow().parameters();
  model.append(first.theta, 100.0f * first.x);
  model.train({.epochs = 1, .learning_rate = 1e-9}, rng);
  CHECK((model.flow().given(first.theta).log_prob(first.x) - before).norm() < 1e-3f);
  CHECK((model.flow().parameters() - parameters).norm() < 1e-5f);
  CHECK(model.simulations().x.cols() == 400);
}

TEST_CASE("NeuralLikelihood refuses simulations that failed, and says why", "[neural_likelihood]") {
  auto model = make_model();
  const auto failing = [](const Eigen::Vector2f& theta, CounterGenerator& rng) -> Eigen::Vector2f {
    if (theta(0) > 0) return Eigen::Vector2f::Constant(std::numeric_limits<float>::quiet_NaN());
    return simulator(theta, rng);
  };
  std::mt19937_64 rng{2};
  const auto drawn = simulate(simulator.prior(), failing, 100, rng);
  CHECK(message_of([&] {
          model.append(drawn.theta, drawn.x);
        }).find(" of 100 simulations are NaN or infinite: a likelihood without them is wrong") != std::string::npos);
  model.append(drawn.theta, drawn.x, InvalidSimulations::drop);
  CHECK(model.dropped() > 20);
  CHECK(model.dropped() + model.simulations().x.cols() == 100);

  auto constant = make_model();
  Eigen::MatrixXf x = drawn.theta;
  x.row(1).setOnes();
  constant.append(drawn.theta, x);
  CHECK(message_of([&] { constant.train(rng); }).find("NeuralLikelihood: component 1 of x is 1 in all") == 0);
}

TEST_CASE("NeuralLikelihood refuses what cannot be done before it simulates", "[neural_likelihood]") {
  auto model = make_model();
  const auto message = [&](const Eigen::MatrixXf& x_o, const LikelihoodRounds& rounds) {
    return refusal_of(model, x_o, rounds);
  };
  const Eigen::Vector2f x_o(0, 0);
  CHECK(message(Eigen::Vector3f::Zero(), {}) == "LikelihoodEnergy: expected events of 2 rows, got 3");
  CHECK(message(Eigen::Vector2f::Constant(std::numeric_limits<float>::quiet_NaN()), {}).find("LikelihoodEnergy") == 0);
  CHECK(message(x_o, {.rounds = 0}) == "NeuralLikelihood: expected rounds of at least 1, got 0");
  CHECK(message(x_o, {.fit = FitOptions{.epochs = 0}}) == "fit: expected epochs of at least 1, got 0");
  CHECK(message(x_o, {.simulations = 2}).find("fit: expected a validation_fraction that leaves") == 0);
  CHECK(message(x_o, {.chains = {.chains = 0}}) == "sample_posterior: expected chains of at least 1, got 0");
  CHECK(model.simulations().x.cols() == 0);
}

TEST_CASE("NeuralLikelihood refuses parts that do not fit", "[neural_likelihood]") {
  std::mt19937_64 rng{1};
  const AnyFlow<float> flow = made_flows::maf<float>({.event_size = 2, .context_size = 3}, rng);
  CHECK(message_of([&] { NeuralLikelihood(flow, simulator.prior()); }) ==
        "NeuralLikelihood: expected a flow with a context of size 2, got 3");
  auto model = make_model();
  CHECK(message_of([&] { model.run(simulator, Eigen::Vector2f(0, 0), {.rounds = 0}, rng); }) ==
        "NeuralLikelihood: expected rounds of at least 1, got 0");
}

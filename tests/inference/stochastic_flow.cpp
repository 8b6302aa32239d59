#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/inference/hamiltonian_layer.hpp>
#include <bijou/inference/metropolis_layer.hpp>
#include <bijou/inference/stochastic_flow.hpp>
#include <limits>

#include "inference/path_tests.hpp"
#include "support/message_of.hpp"

using namespace path_tests;

namespace {

auto mixed_flow() {
  std::mt19937_64 rng{1};
  return StochasticFlow{
      StandardNormal<double, 2>{}, datasets::DoubleWell<double>{},
      StochasticChain{HmcLayer<double, true>{{.steps = 2, .step_size = 0.1}, 2}, made_flows::coupling(6, rng),
                      Permute<2>{1, 0}, MetropolisLayer<double, true>{{.steps = 5, .step_size = 0.3, .lambda = 0.3}},
                      made_flows::coupling(6, rng)}};
}

/// A standard normal on one half.
struct HalfPlane {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr Index event_size() { return 2; }
  void log_prob(DensityEvaluation<double> e) const {
    for (Index n = 0; n < e.input.cols(); ++n) {
      e.log_prob(n) += e.input(0, n) < 0 ? -std::numeric_limits<double>::infinity()
                                         : -(e.input(0, n) * e.input(0, n) + e.input(1, n) * e.input(1, n)) / 2;
    }
  }
};

}  // namespace

TEST_CASE("StochasticFlow: the evidence is right whatever the bijectors are", "[stochastic_flow]") {
  auto flow = mixed_flow();
  std::mt19937_64 rng{2};
  Eigen::VectorXd parameters = flow.parameters();
  for (double& each : parameters) each += 0.05 * normal(rng);
  flow.set_parameters(parameters);
  check_weights(flow, 100'000, 0);
}

TEST_CASE("StochasticFlow: the same bits at any number of threads", "[stochastic_flow]") {
  const auto flow = mixed_flow();
  const auto run = [&](int threads) {
    std::mt19937_64 rng{3};
    Workspace workspace{threads};
    const auto draws = flow.sample(1000, rng, workspace);
    Eigen::VectorXd kl(flow.parameter_count()), nll(flow.parameter_count());
    const double first = flow.kl_gradient(700, kl, rng, workspace);
    const double second = flow.nll_gradient(draws.events, nll, rng, workspace);
    const auto noise = flow.backward(draws.events, rng, workspace);
    return std::tuple{draws.events, draws.log_weights, kl, nll, noise.events, noise.log_weights, first, second};
  };
  const auto serial = run(1);
  for (const int threads : {2, 3, 8}) CHECK(run(threads) == serial);
}

TEST_CASE("StochasticFlow: without stochastic layers its losses are those of a flow", "[stochastic_flow]") {
  std::mt19937_64 rng{4};
  const AnyBijector<double> coupling = made_flows::coupling(6, rng);
  const StochasticFlow paths{StandardNormal<double, 2>{}, datasets::DoubleWell<double>{}, StochasticChain{coupling}};
  const TransformedDistribution flow{StandardNormal<double, 2>{}, coupling};
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 200);
  Eigen::VectorXd gradient(flow.parameter_count()), expected(flow.parameter_count());
  CHECK(paths.nll_gradient(x, gradient, rng) == Approx(flow.nll_gradient(x, expected)).epsilon(1e-12));
  CHECK((gradient - expected).norm() < 1e-12);
}

TEST_CASE("StochasticFlow: a path that leaves the target has weight 0, and no other feels it", "[stochastic_flow]") {
  std::mt19937_64 rng{5};
  const StochasticFlow flow{StandardNormal<double, 2>{}, HalfPlane{},
                            StochasticChain{MetropolisLayer<double>{{.steps = 3, .step_size = 1, .lambda = 0.5}}}};
  const auto draws = flow.sample(100'000, rng);
  const Estimate log_z = log_evidence(draws.log_weights);
  CAPTURE(log_z.value, log_z.standard_error);
  CHECK(std::abs(log_z.value - std::log(3.14159265358979)) < 3 * log_z.standard_error);
}

TEST_CASE("StochasticFlow: what is refused", "[stochastic_flow]") {
  std::mt19937_64 rng{0};
  CHECK(message_of([] {
          StochasticFlow(DiagonalNormal<double, 2>{{0.0, 0.0}, {1.0, 1.0}}, datasets::DoubleWell<double>{},
                         StochasticChain{MetropolisLayer<double>{}});
        }).starts_with("StochasticFlow: the base has parameters"));
  const auto flow = mixed_flow();
  CHECK(message_of([&] { flow.sample(-1, rng); }) == "StochasticFlow: cannot draw -1 events");
  CHECK(message_of([&] { flow.backward(Eigen::MatrixXd::Zero(3, 2), rng); }) ==
        "StochasticFlow: expected events of 2 rows, got 3");
  Eigen::VectorXd gradient(3);
  CHECK(message_of([&] {
          flow.kl_gradient(10, gradient, rng);
        }).starts_with("StochasticFlow: expected a gradient of size"));
}

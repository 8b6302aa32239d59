// Compiled with OpenMP: draws of chains and of stochastic flows, and gradients through their paths, have the same bits
// at any number of threads.
#include <bijou/bijou.hpp>
#include <random>
#include <tuple>

#include "support/catch.hpp"

using namespace bijou;

namespace {

const datasets::DoubleWell<double> well;

template <class Run>
void check_same_bits(Run run) {
  const auto serial = run(1);
  for (const int threads : {2, 3, 8}) {
    CAPTURE(threads);
    CHECK(run(threads) == serial);
  }
}

}  // namespace

TEST_CASE("threads: Markov chains have the same bits") {
  const auto check = [](const auto& kernel) {
    check_same_bits([&](int threads) {
      std::mt19937_64 rng{1};
      const Eigen::Matrix2Xd start = StandardNormal<double, 2>{}.sample(700, rng);
      const auto chains = sample_chains(well, kernel, start, {.steps = 5, .warm_up = 10}, rng, Workspace{threads});
      return std::tuple{chains.events, chains.log_prob, chains.acceptance, chains.step_size, chains.evaluations};
    });
  };
  check(Metropolis{});
  check(Hmc{.leapfrogs = 3});
  check(SliceSampler{});
}

TEST_CASE("threads: stochastic flows have the same bits") {
  std::mt19937_64 make{1};
  const StochasticFlow flow{
      StandardNormal<double, 2>{}, well,
      StochasticChain{HmcLayer<double, true>{{.steps = 2, .step_size = 0.1}, 2}, RealNVP<double, 2>{1, {6}, make},
                      Permute<2>{1, 0}, MetropolisLayer<double, true>{{.steps = 5, .step_size = 0.3, .lambda = 0.3}},
                      RealNVP<double, 2>{1, {6}, make}}};
  check_same_bits([&](int threads) {
    std::mt19937_64 rng{3};
    Workspace workspace{threads};
    const auto draws = flow.sample(3000, rng, workspace);
    Eigen::VectorXd kl(flow.parameter_count()), nll(flow.parameter_count());
    const double first = flow.kl_gradient(2000, kl, rng, workspace);
    const double second = flow.nll_gradient(draws.events, nll, rng, workspace);
    const auto noise = flow.backward(draws.events, rng, workspace);
    return std::tuple{draws.events, draws.log_weights, kl, nll, noise.events, noise.log_weights, first, second};
  });
}

TEST_CASE("threads: moments, entropies and conditionals by sampling have the same bits") {
  std::mt19937_64 make{1};
  const TransformedDistribution flow{StandardNormal<double, 3>{}, MAF<double, 3>{{8}, make}};
  check_same_bits([&](int threads) {
    std::mt19937_64 rng{4};
    Workspace workspace{threads};
    const Moments of_flow = moments(flow, 3000, rng, workspace);
    const Estimate entropy_of_flow = entropy(flow, 3000, rng, workspace);
    const Eigen::Vector<double, 1> value(0.3);
    const auto given = conditional_by_sampling(flow, {1}, value, 2000, rng, workspace);
    return std::tuple{Eigen::VectorXd(of_flow.mean), Eigen::MatrixXd(of_flow.covariance), entropy_of_flow.value,
                      Eigen::MatrixXd(given.events), Eigen::VectorXd(given.log_weights)};
  });
}

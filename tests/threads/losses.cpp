// Compiled with OpenMP: losses and their gradients have the same bits at any number of threads.
#include <bijou/bijou.hpp>
#include <random>
#include <tuple>

#include "support/catch.hpp"

namespace {

template <class Results>
void check_same_bits(Results results) {
  for (const bijou::Index events : {bijou::Index{2}, bijou::Index{129}, bijou::Index{1500}}) {
    bijou::Workspace serial{1};
    const auto expected = results(events, serial);
    for (const int threads : {2, 3, 8}) {
      INFO(events << " events, " << threads << " threads");
      bijou::Workspace workspace{threads};
      CHECK((results(events, workspace) == expected));
      CHECK((results(events, workspace) == expected));
    }
  }
}

}  // namespace

TEST_CASE("threads: losses have the same bits") {
  std::mt19937_64 made{1};
  const bijou::flows::MAF<float, 3> flow{{.layers = 2, .hidden = {17}}, made};
  const bijou::StandardNormal<float, 3> target;
  check_same_bits([&](bijou::Index n, bijou::Workspace& workspace) {
    std::mt19937_64 rng{2};
    Eigen::Matrix<float, Eigen::Dynamic, 5> gradients(flow.parameter_count(), 5);
    const auto draws = flow.sample_with_log_prob(n, rng, workspace);
    const Eigen::VectorXf weights = draws.events.row(0).array() + 0.1f;
    const auto kl = bijou::reverse_kl_gradient(flow, target, n, rng, gradients.col(0), {}, workspace);
    const auto path =
        bijou::reverse_kl_gradient(flow, target, n, rng, gradients.col(1), {.path_gradient = true}, workspace);
    const auto values = bijou::reverse_kl_gradient_from_values(flow, target, n, rng, gradients.col(2), workspace);
    return std::tuple{
        kl.value,
        kl.standard_error,
        path.value,
        values.value,
        bijou::weighted_nll(flow, draws.events, weights, workspace),
        bijou::weighted_nll_gradient(flow, draws.events, weights, gradients.col(3), workspace),
        bijou::variance_gradient(flow, draws.events, weights, draws.log_prob, gradients.col(4), {}, workspace),
        gradients};
  });
}

TEST_CASE("threads: the contrastive loss has the same bits, and so has a fit with it") {
  std::mt19937_64 made{3};
  const bijou::StandardNormal<float, 2> prior;
  bijou::flows::RealNVP<float, 2> flow{{.context_size = 2, .layers = 2, .hidden = {17}}, made};
  check_same_bits([&](bijou::Index n, bijou::Workspace& workspace) {
    std::mt19937_64 rng{4};
    const Eigen::Matrix2Xf theta = prior.sample(n, rng);
    Eigen::VectorXf gradient(flow.parameter_count());
    const float loss = bijou::contrastive_gradient(flow, prior, theta, theta, rng, gradient, 7, workspace);
    return std::tuple{loss, gradient};
  });
  std::mt19937_64 rng{5};
  const Eigen::Matrix2Xf theta = prior.sample(500, rng);
  const auto fitted = [&](int threads) {
    auto copy = flow;
    std::mt19937_64 seeded{6};
    const auto history = bijou::fit_contrastive(
        copy, prior, theta, theta, {.epochs = 2, .batch_size = 300, .validation_fraction = 0.3, .threads = threads},
        seeded);
    return std::tuple{copy.parameters(), history.validation_nll};
  };
  CHECK((fitted(3) == fitted(1)));
}

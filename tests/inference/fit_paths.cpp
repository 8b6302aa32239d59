#include <bijou/inference/fit_paths.hpp>
#include <bijou/inference/metropolis_layer.hpp>
#include <cstddef>
#include <numeric>

#include "inference/exact_draws.hpp"
#include "inference/path_tests.hpp"
#include "support/message_of.hpp"

using namespace path_tests;

namespace {

auto untrained() {
  std::mt19937_64 rng{1};
  return StochasticFlow{
      StandardNormal<double, 2>{}, datasets::DoubleWell<double>{},
      StochasticChain{MetropolisLayer<double>{{.steps = 10, .step_size = 0.25}}, made_flows::coupling(32, rng),
                      Permute<2>{1, 0}, made_flows::coupling(32, rng)}};
}

double efficiency(const auto& flow) {
  std::mt19937_64 rng{2};
  return effective_sample_size(flow.sample(20'000, rng).log_weights) / 20'000;
}

}  // namespace

TEST_CASE("fit_paths: training makes weights more even, and leaves the evidence right", "[fit_paths]") {
  auto flow = untrained();
  std::mt19937_64 rng{3};
  const double before = efficiency(flow);
  const Eigen::Matrix2Xd data = exact_draws_of_double_well(2000, rng);
  const StepOptions options{.steps = 300, .batch_size = 128, .learning_rate = 5e-3};
  fit_paths(flow, data, {.nll = 1, .kl = 0}, options, rng);
  const StepHistory history = fit_paths(flow, data, {}, options, rng);
  CHECK(history.loss.size() == 300);
  const double after = efficiency(flow);
  CAPTURE(before, after);
  CHECK(after > 2 * before);
  check_weights(flow, 100'000, 0);
}

TEST_CASE("fit_paths: against the energy alone, with the same bits at any number of threads", "[fit_paths]") {
  const auto train = [](int threads) {
    auto flow = untrained();
    std::mt19937_64 rng{4};
    const StepHistory history =
        fit_paths(flow, {.steps = 60, .batch_size = 400, .learning_rate = 5e-3, .threads = threads}, rng);
    return std::pair(history.loss, Eigen::VectorXd(flow.parameters()));
  };
  const auto serial = train(1);
  const auto mean_of = [&](std::ptrdiff_t first) {
    return std::accumulate(serial.first.begin() + first, serial.first.begin() + first + 20, 0.0) / 20;
  };
  CHECK(mean_of(40) < mean_of(0) - 0.1);
  CHECK(train(3) == serial);
}

TEST_CASE("fit_paths: what is refused", "[fit_paths]") {
  auto flow = untrained();
  std::mt19937_64 rng{5};
  const Eigen::Matrix2Xd data = Eigen::Matrix2Xd::Zero(2, 10);
  CHECK(message_of([&] { fit_paths(flow, data, {.nll = 0, .kl = 0}, {}, rng); }) ==
        "fit_paths: expected weights of the losses of at least 0, not both 0, got 0 and 0");
  CHECK(message_of([&] { fit_paths(flow, Eigen::MatrixXd::Zero(3, 10), {}, {}, rng); }) ==
        "fit_paths: expected events of 2 rows, got 3");
  CHECK(message_of([&] { fit_paths(flow, {.steps = 0}, rng); }) == "fit_paths: expected steps of at least 1, got 0");
}

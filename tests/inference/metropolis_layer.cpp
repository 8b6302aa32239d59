#include <bijou/inference/metropolis_layer.hpp>

#include "inference/exact_draws.hpp"
#include "inference/path_tests.hpp"
#include "support/message_of.hpp"

using namespace path_tests;

namespace {

const StandardNormal<double, 2> base;
const datasets::DoubleWell<double> well;

auto layers(Index steps) {
  return ladder(
      [=](double lambda) { return MetropolisLayer<double>{{.steps = steps, .step_size = 0.25, .lambda = lambda}}; });
}

}  // namespace

TEST_CASE("MetropolisLayer: weights of paths through ten energies", "[metropolis_layer]") {
  check_weights(StochasticFlow{base, well, layers(10)}, 100'000, 0.262);
  check_weights(StochasticFlow{base, well, layers(100)}, 10'000, 0.430);
}

TEST_CASE("MetropolisLayer: weights backwards from exact draws", "[metropolis_layer]") {
  std::mt19937_64 rng{1};
  check_backward(StochasticFlow{base, well, layers(10)}, exact_draws_of_double_well(laws::fewer(20'000), rng));
}

TEST_CASE("MetropolisLayer: the gradient with noise and decisions fixed", "[metropolis_layer]") {
  using Layer = MetropolisLayer<double, true>;
  check_gradients(StochasticFlow{base, well,
                                 between_couplings(Layer{{.steps = 5, .step_size = 0.25, .lambda = 1}},
                                                   Layer{{.steps = 5, .step_size = 0.25, .lambda = 0.5}})},
                  1e-7, 1);
}

TEST_CASE("MetropolisLayer: a harmonic target, any step size", "[metropolis_layer]") {
  for (const double step : {0.1, 1.0, 5.0}) check_harmonic(MetropolisLayer<double>{{.step_size = step, .lambda = 1}});
}

TEST_CASE("MetropolisLayer: options out of range are refused", "[metropolis_layer]") {
  const auto message = [](const LayerOptions& options) { return message_of([&] { MetropolisLayer<float>{options}; }); };
  CHECK(message({.steps = 0}) == "MetropolisLayer: expected steps of at least 1, got 0");
  CHECK(message({.step_size = 0}) == "MetropolisLayer: expected a finite step_size above 0, got 0");
  CHECK(message({.lambda = 1.5}) == "MetropolisLayer: expected a lambda in [0, 1], got 1.5");
  CHECK(MetropolisLayer<float>{{.step_size = 0.25}}.step_size() == Approx(0.25).epsilon(1e-6));
}

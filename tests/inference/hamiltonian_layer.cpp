#include <bijou/inference/hamiltonian_layer.hpp>

#include "inference/exact_draws.hpp"
#include "inference/path_tests.hpp"
#include "support/message_of.hpp"

using namespace path_tests;

namespace {

const StandardNormal<double, 2> base;
const datasets::DoubleWell<double> well;

// epsilon = h^2 / 2.
auto mala(double lambda) {
  return MalaLayer<double>{{.steps = 10, .step_size = std::sqrt(2 * 0.02), .lambda = lambda}};
}
auto hmc(double lambda) { return HmcLayer<double>{{.steps = 1, .step_size = 0.1, .lambda = lambda}, 5}; }
auto overdamped(double lambda) {
  return OverdampedLangevinLayer<double>{{.steps = 10, .step_size = std::sqrt(2 * 0.01), .lambda = lambda}};
}

}  // namespace

TEST_CASE("MalaLayer, HmcLayer, OverdampedLangevinLayer: weights of paths through ten energies",
          "[hamiltonian_layer]") {
  check_weights(StochasticFlow{base, well, ladder(mala)}, 100'000, 0.248);
  check_weights(StochasticFlow{base, well, ladder(hmc)}, 100'000, 0.213);
  check_weights(StochasticFlow{base, well, ladder(overdamped)}, 100'000, 0.199);
}

TEST_CASE("HmcLayer, OverdampedLangevinLayer: weights backwards from exact draws", "[hamiltonian_layer]") {
  std::mt19937_64 rng{1};
  const Eigen::Matrix2Xd exact = exact_draws_of_double_well(laws::fewer(20'000), rng);
  check_backward(StochasticFlow{base, well, ladder(hmc)}, exact);
  check_backward(StochasticFlow{base, well, ladder(overdamped)}, exact);
}

TEST_CASE("HmcLayer, OverdampedLangevinLayer: gradients with noise and decisions fixed", "[hamiltonian_layer]") {
  using Hmc = HmcLayer<double, true>;
  using Overdamped = OverdampedLangevinLayer<double, true>;
  const auto at = [](double lambda) { return LayerOptions{.steps = 3, .step_size = 0.1, .lambda = lambda}; };
  check_gradients(StochasticFlow{base, well, between_couplings(Hmc{at(1), 3}, Hmc{at(0.5), 3})}, 1e-7, 1);
  check_gradients(StochasticFlow{base, well, between_couplings(Overdamped{at(1)}, Overdamped{at(0.5)})}, 1e-7);
  // Without second derivatives of the energy's own.
  check_gradients(StochasticFlow{base, PlainWell{}, between_couplings(Overdamped{at(1)}, Overdamped{at(0.5)})}, 1e-5);
}

TEST_CASE("MalaLayer, HmcLayer, OverdampedLangevinLayer: a harmonic target, any stable step size",
          "[hamiltonian_layer]") {
  for (const double step : {0.1, 0.5, 0.9}) {
    CAPTURE(step);
    const LayerOptions options{.steps = 4, .step_size = step, .lambda = 1};
    check_harmonic(MalaLayer<double>{options});
    check_harmonic(HmcLayer<double>{options, 3});
    if (step < 0.6) check_harmonic(OverdampedLangevinLayer<double>{options});
  }
}

TEST_CASE("HmcLayer: options out of range are refused", "[hamiltonian_layer]") {
  CHECK(message_of([] { HmcLayer<float>{LayerOptions{}, 0}; }) == "HmcLayer: expected leapfrogs of at least 1, got 0");
  CHECK(message_of([] { MalaLayer<float>{{.steps = 0}}; }) == "MalaLayer: expected steps of at least 1, got 0");
}

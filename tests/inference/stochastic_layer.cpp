#include <bijou/bijectors/affine.hpp>
#include <bijou/inference/hamiltonian_layer.hpp>
#include <bijou/inference/metropolis_layer.hpp>
#include <bijou/inference/stochastic_layer.hpp>
#include <bijou/inference/underdamped_langevin_layer.hpp>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("StochasticLayer: layers are, bijectors are not, nor the other way round", "[stochastic_layer]") {
  static_assert(StochasticLayer<MetropolisLayer<float>>);
  static_assert(StochasticLayer<MalaLayer<double, true>>);
  static_assert(StochasticLayer<HmcLayer<float>>);
  static_assert(StochasticLayer<OverdampedLangevinLayer<float>>);
  static_assert(StochasticLayer<UnderdampedLangevinLayer<double>>);
  static_assert(!StochasticLayer<Affine<float, 2>>);
  static_assert(!Bijector<MetropolisLayer<float>>);
  CHECK(parameter_count(MetropolisLayer<float>{}) == 0);
  CHECK(parameter_count(MetropolisLayer<float, true>{}) == 1);
  CHECK(parameter_count(HmcLayer<float, true>{}) == 1);
}

TEST_CASE("PathContext: the energy of a layer, and its noise by (seed, event, layer, step)", "[stochastic_layer]") {
  Arena arena;
  const detail::TileOfBatch at{0, 128, 5, arena, 1};
  const detail::ProbeEnergy<double> none;
  const detail::PathContext<detail::ProbeEnergy<double>, detail::ProbeEnergy<double>> path{none, none, at, 9, 3, false};
  CHECK(path.energy(0.25).lambda() == 0.25);
  CounterGenerator noise = path.noise(4).of(130);
  CounterGenerator expected{9, {.event = 130, .layer = 3, .step = 4}};
  CHECK(noise() == expected());
}

// The three products of a convolution (forward, to the inputs, to the weights) on tiles of events, and the passes of
// the network of a step of Glow. In float.
//   fma_peak     multiply-adds inside of the signal over the measured FMA peak
#include <benchmark/benchmark.h>

#include <bijou/signals/convolution.hpp>
#include <bijou/signals/convolutional_network.hpp>
#include <random>
#include <string>
#include <vector>

#include "support/peak.hpp"

namespace {

using bijou::Index;
using bijou::SignalShape;
double peak = 0;

/// Rows of hidden layers are pixel after pixel, those of events channel after channel.
struct Layer {
  Layer(Index inputs, Index outputs, Index kernel, Index side, Index events, std::mt19937_64& rng)
      : convolution({inputs, side, side}, outputs, {kernel}, rng),
        x_rows{side * side, inputs < 16 ? 1 : inputs},
        y_rows{side * side, outputs < 16 ? 1 : outputs},
        x(arena.tile<float>(inputs * side * side, events)),
        y(arena.tile<float>(outputs * side * side, events)),
        gradient(static_cast<std::size_t>(convolution.parameter_count())) {
    x.setRandom();
    y.setRandom();
    for (Index p = 0; p < side * side; ++p) {
      for (Index t = 0; t < kernel * kernel; ++t) {
        if (convolution.stencil().neighbour(p, t) >= 0) multiply_adds += static_cast<double>(inputs * outputs * events);
      }
    }
  }

  bijou::Convolution<float> convolution;
  bijou::Arena arena;
  bijou::detail::SignalRows x_rows;
  bijou::detail::SignalRows y_rows;
  bijou::Tile<float> x;
  bijou::Tile<float> y;
  std::vector<float> gradient;
  double multiply_adds = 0;

  void forward() { convolution.evaluate(x, x_rows, y, y_rows, 1, arena, convolution.nothing); }
  void to_inputs() { convolution.pull_back(y, y_rows, x, x_rows, 1, arena, convolution.nothing); }
  void to_weights() { convolution.add_gradient(y, y_rows, x, x_rows, gradient.data(), 1, arena); }
};

void report(benchmark::State& state, double multiply_adds, Index events) {
  state.SetItemsProcessed(state.iterations() * events);
  state.counters["fma_peak"] = benchmark::Counter(2.0 * static_cast<double>(state.iterations()) * multiply_adds / peak,
                                                  benchmark::Counter::kIsRate);
}

void run_layer(benchmark::State& state, void (Layer::*product)(), Index inputs, Index outputs, Index kernel, Index side,
               Index events) {
  std::mt19937_64 rng{1};
  Layer layer(inputs, outputs, kernel, side, events, rng);
  for (auto _ : state) {
    (layer.*product)();
    benchmark::DoNotOptimize(layer.y.data());
    benchmark::ClobberMemory();
  }
  report(state, layer.multiply_adds, events);
}

/// `inputs` channels pass, as many get two parameters each; 64 channels in hidden layers.
void run_network(benchmark::State& state, bool with_pullback, Index inputs, Index side, Index events) {
  std::mt19937_64 rng{1};
  using Network = bijou::ConvolutionalNetwork<float>;
  Network network({inputs, side, side}, inputs, 2, {.width = 64}, rng);
  bijou::for_each_parameter(network, [&](auto& parameter) {
    for (float& number : parameter.reshaped()) number += static_cast<float>(0.01 * bijou::normal(rng));
  });
  bijou::Arena arena;
  bijou::Tile<float> x = arena.tile<float>(network.input_size(), events);
  bijou::Tile<float> y = arena.tile<float>(network.output_size(), events);
  const bijou::Tile<float> x_gradient = arena.tile<float>(network.input_size(), events);
  const auto gradient = arena.zeros<float>(bijou::parameter_count(network));
  x.setRandom();
  y.setRandom();
  for (auto _ : state) {
    const bijou::Arena::Frame frame(arena);
    Network::Cache cache{};
    bijou::Pass<float> pass{.arena = arena, .keep_for_pullback = with_pullback};
    network.evaluate({x, y, cache, pass});
    if (with_pullback) network.pullback({y, x_gradient, gradient, cache, pass});
    benchmark::ClobberMemory();
  }
  double taps = 0;
  const bijou::detail::Stencil& stencil = network.last().stencil();
  for (Index p = 0; p < side * side; ++p) {
    for (Index t = 0; t < stencil.taps(); ++t) taps += stencil.neighbour(p, t) >= 0;
  }
  const double multiply_adds = taps * static_cast<double>(64 * 3 * inputs) + static_cast<double>(side * side * 64 * 64);
  report(state, (with_pullback ? 3 : 1) * static_cast<double>(events) * multiply_adds, events);
}

std::string text(const char* name, std::initializer_list<std::pair<const char*, Index>> sizes) {
  std::string full = name;
  for (const auto& [what, size] : sizes) full += std::string("/") + what + ":" + std::to_string(size);
  return full;
}

}  // namespace

int main(int argc, char** argv) {
  peak = measure_fma_peak<float>();
  benchmark::AddCustomContext("fma_peak_gflops", std::to_string(peak / 1e9));
  struct Size {
    Index inputs, outputs, kernel, side;
  };
  for (const Index events : {32, 128}) {
    for (const Size& size : {Size{64, 64, 3, 4}, Size{64, 64, 3, 8}, Size{128, 128, 3, 4}, Size{64, 64, 1, 4},
                             Size{2, 64, 3, 4}, Size{64, 4, 3, 4}}) {
      const auto add = [&](const char* name, void (Layer::*product)()) {
        const std::string full = text(name, {{"inputs", size.inputs},
                                             {"outputs", size.outputs},
                                             {"kernel", size.kernel},
                                             {"side", size.side},
                                             {"events", events}});
        benchmark::RegisterBenchmark(full.c_str(), run_layer, product, size.inputs, size.outputs, size.kernel,
                                     size.side, events);
      };
      add("forward", &Layer::forward);
      add("to_inputs", &Layer::to_inputs);
      add("to_weights", &Layer::to_weights);
    }
    for (const Size& size : {Size{2, 2, 3, 4}, Size{4, 4, 3, 2}, Size{6, 6, 3, 16}}) {
      for (const bool with_pullback : {false, true}) {
        const std::string full = text(with_pullback ? "network_and_pullback" : "network",
                                      {{"inputs", size.inputs}, {"side", size.side}, {"events", events}});
        benchmark::RegisterBenchmark(full.c_str(), run_network, with_pullback, size.inputs, size.side, events);
      }
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

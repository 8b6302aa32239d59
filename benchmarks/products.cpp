// The three products of a masked layer (forward, to the inputs, to the weights) inside the staircase, beside Eigen's
// dense product of the same size, which a framework would run on weights times mask. In float. Compiled with
// EIGEN_USE_BLAS, the dense product is BLAS's.
//   fma_peak     multiply-adds inside the staircase over the measured FMA peak
//   dense_peak   the same if the masked weights counted too
#include <benchmark/benchmark.h>

#include <bijou/core/arena.hpp>
#include <bijou/numerics/staircase_product.hpp>
#include <string>
#include <vector>

#include "support/peak.hpp"

namespace {

using bijou::Index;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
double peak = 0;

/// A square layer whose units, sorted by degree, have `degrees` equal shares.
struct Layer {
  Layer(Index size_in, int degrees, Index events_in)
      : size(size_in),
        events(events_in),
        weight(Matrix::Random(size, size)),
        gradient(Matrix::Zero(size, size)),
        bias(Eigen::VectorXf::Random(size)),
        in(arena.tile<float>(size, events)),
        out(arena.tile<float>(size, events)),
        transposed(arena.tile<float>(events, size)) {
    in.setRandom();
    const auto degree = [&](Index r) { return r * degrees / size; };
    for (Index r = 0; r < size; ++r) {
      Index end = r, begin = r;
      while (end < size && degree(end) == degree(r)) ++end;
      while (begin > 0 && degree(begin - 1) == degree(r)) --begin;
      rows.push_back({0, end});
      columns.push_back({begin, size});
      multiply_adds += static_cast<double>(end * events);
    }
  }

  Index size;
  Index events;
  Matrix weight;
  Matrix gradient;
  Eigen::VectorXf bias;
  bijou::Arena arena;
  bijou::Tile<float> in;
  bijou::Tile<float> out;
  bijou::Tile<float> transposed;
  std::vector<bijou::detail::DepthRange> rows;     // the columns of each row
  std::vector<bijou::detail::DepthRange> columns;  // the rows of each column
  double multiply_adds = 0;

  void forward() {
    bijou::detail::multiply_rows<float>(0, size, {weight.data(), size, 1}, rows.data(), bias.data(), in.data(),
                                        in.outerStride(), out.data(), out.outerStride(), events, [](Index, Index) {});
  }
  void to_inputs() {
    bijou::detail::multiply_rows<float>(0, size, {weight.data(), 1, size}, columns.data(),
                                        static_cast<const float*>(nullptr), in.data(), in.outerStride(), out.data(),
                                        out.outerStride(), events, [](Index, Index) {});
  }
  void to_weights() {
    bijou::detail::transpose(in.data(), size, events, in.outerStride(), transposed.data(), transposed.outerStride());
    bijou::detail::add_product<float>(0, size, {out.data(), out.outerStride(), 1}, events, rows.data(),
                                      transposed.data(), transposed.outerStride(), gradient.data(), size);
  }
  void dense() { out.matrix().noalias() = weight * in.matrix(); }
};

void run(benchmark::State& state, void (Layer::*product)(), Index size, int degrees, Index events) {
  Layer layer(size, degrees, events);
  for (auto _ : state) {
    (layer.*product)();
    benchmark::DoNotOptimize(layer.out.data());
    benchmark::DoNotOptimize(layer.gradient.data());
    benchmark::ClobberMemory();
  }
  const double rate = 2.0 * static_cast<double>(state.iterations()) / peak;
  const auto dense = static_cast<double>(size * size * events);
  const bool masked = product != &Layer::dense;
  state.SetItemsProcessed(state.iterations() * events);
  state.counters["fma_peak"] =
      benchmark::Counter(rate * (masked ? layer.multiply_adds : dense), benchmark::Counter::kIsRate);
  state.counters["dense_peak"] = benchmark::Counter(rate * dense, benchmark::Counter::kIsRate);
}

}  // namespace

int main(int argc, char** argv) {
  peak = measure_fma_peak<float>();
  benchmark::AddCustomContext("fma_peak_gflops", std::to_string(peak / 1e9));
#ifdef EIGEN_USE_BLAS
  benchmark::AddCustomContext("dense_product", "BLAS");
#else
  benchmark::AddCustomContext("dense_product", "Eigen");
#endif
  for (const int size : {128, 512}) {
    for (const int events : {32, 128}) {
      for (const int degrees : {1, 20, 62}) {
        const auto add = [&](const char* name, void (Layer::*product)()) {
          const std::string full = std::string(name) + "/units:" + std::to_string(size) +
                                   "/events:" + std::to_string(events) + "/degrees:" + std::to_string(degrees);
          benchmark::RegisterBenchmark(full.c_str(), run, product, size, degrees, events);
        };
        add("forward", &Layer::forward);
        add("to_inputs", &Layer::to_inputs);
        add("to_weights", &Layer::to_weights);
        if (degrees == 1) add("dense", &Layer::dense);
      }
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

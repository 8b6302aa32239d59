// log_prob, sample, nll_gradient and the optimizer's step of MAF and RealNVP flows of five layers, in float, through a
// workspace. Counters beside the time:
//   items_per_second   events (parameters for the optimizer's step)
//   fma_peak           multiply-adds of the networks, as far as the masks let them be needed, over the measured FMA
//   peak dense_peak         the same if the masked weights counted too (6 x parameters x events for a gradient) error
//   largest difference from the same flow in double: of log p in nats, or of a round trip
#include <benchmark/benchmark.h>

#include <bijou/bijou.hpp>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "support/peak.hpp"

namespace {

using bijou::Index;
constexpr int layers = 5;
double peak = 0;

template <class T>
struct MafLayer {
  using type = bijou::Chain<bijou::MAF<T, Eigen::Dynamic>, bijou::Reverse<Eigen::Dynamic>>;
  static type make(int d, int hidden, std::mt19937_64& rng) {
    return type{bijou::MAF<T, Eigen::Dynamic>{d, {hidden, hidden}, rng}, bijou::Reverse<Eigen::Dynamic>{}};
  }
};

template <class T>
struct RealNvpLayer {
  using type = bijou::Chain<bijou::RealNVP<T, Eigen::Dynamic>, bijou::Reverse<Eigen::Dynamic>>;
  static type make(int d, int hidden, std::mt19937_64& rng) {
    return type{bijou::RealNVP<T, Eigen::Dynamic>{d, d / 2, {hidden, hidden}, rng}, bijou::Reverse<Eigen::Dynamic>{}};
  }
};

template <template <class> class Layer, class T>
auto make_flow(int d, int hidden) {
  std::mt19937_64 rng{0};
  std::vector<typename Layer<T>::type> members;
  for (int i = 0; i < layers; ++i) members.push_back(Layer<T>::make(d, hidden, rng));
  return bijou::TransformedDistribution{bijou::StandardNormal<T, Eigen::Dynamic>{d}, bijou::DynamicChain{members}};
}

/// One flow for all benchmarks of a shape.
template <template <class> class Layer>
auto& flow_of(int d, int hidden) {
  using Flow = decltype(make_flow<Layer, float>(d, hidden));
  static std::map<std::pair<int, int>, Flow> flows;
  const auto key = std::pair{d, hidden};
  if (const auto found = flows.find(key); found != flows.end()) return found->second;
  return flows.emplace(key, make_flow<Layer, float>(d, hidden)).first->second;
}

/// Multiply-adds for one event in one direction: the weights inside the staircases.
template <class Flow>
double multiply_adds(const Flow& flow) {
  double count = 0;
  for (const auto& layer : flow.bijector.bijectors()) {
    for (const auto& linear : std::get<0>(layer.bijectors()).conditioner().layers()) {
      for (Index r = 0; r < linear.rows(); ++r) count += static_cast<double>(linear.visible(r));
    }
  }
  return count;
}

template <class Flow>
double weights(const Flow& flow) {
  double count = 0;
  bijou::for_each_parameter(flow, [&](const auto& member) {
    if (member.cols() > 1) count += static_cast<double>(member.size());
  });
  return count;
}

/// passes: products of the weights with a batch, 1 for a value and 3 for a gradient.
template <class Flow>
void report(benchmark::State& state, const Flow& flow, Index batch, double passes, double error) {
  const auto events = static_cast<double>(state.iterations()) * static_cast<double>(batch);
  state.SetItemsProcessed(state.iterations() * batch);
  const double flops = 2.0 * passes * events / peak;
  state.counters["fma_peak"] = benchmark::Counter(flops * multiply_adds(flow), benchmark::Counter::kIsRate);
  state.counters["dense_peak"] = benchmark::Counter(flops * weights(flow), benchmark::Counter::kIsRate);
  state.counters["error"] = error;
}

template <template <class> class Layer>
void log_prob(benchmark::State& state, int d, int hidden, Index batch) {
  const auto& flow = flow_of<Layer>(d, hidden);
  std::mt19937_64 rng{1};
  const Eigen::MatrixXf x = flow.sample(batch, rng);
  Eigen::VectorXf log_p(batch);
  bijou::Workspace workspace;
  for (auto _ : state) {
    flow.log_prob(x, log_p, workspace);
    benchmark::DoNotOptimize(log_p.data());
    benchmark::ClobberMemory();
  }
  auto exact = make_flow<Layer, double>(d, hidden);
  const double error =
      (exact.log_prob(x.template cast<double>()) - log_p.template cast<double>()).cwiseAbs().maxCoeff();
  report(state, flow, batch, 1, error);
}

template <template <class> class Layer>
void sample(benchmark::State& state, int d, int hidden, Index batch) {
  const auto& flow = flow_of<Layer>(d, hidden);
  std::mt19937_64 rng{1};
  Eigen::MatrixXf x(d, batch);
  bijou::Workspace workspace;
  for (auto _ : state) {
    flow.sample(x, rng, workspace);
    benchmark::DoNotOptimize(x.data());
    benchmark::ClobberMemory();
  }
  const Eigen::MatrixXf z = flow.base.sample(batch, rng);
  const double error = (flow.bijector.inverse(flow.bijector.forward(z)) - z).cwiseAbs().maxCoeff();
  report(state, flow, batch, 1, error);
}

template <template <class> class Layer>
void nll_gradient(benchmark::State& state, int d, int hidden, Index batch) {
  const auto& flow = flow_of<Layer>(d, hidden);
  std::mt19937_64 rng{1};
  const Eigen::MatrixXf x = flow.sample(batch, rng);
  Eigen::VectorXf gradient(flow.parameter_count());
  bijou::Workspace workspace;
  for (auto _ : state) {
    benchmark::DoNotOptimize(flow.nll_gradient(x, gradient, workspace));
    benchmark::ClobberMemory();
  }
  auto exact = make_flow<Layer, double>(d, hidden);
  Eigen::VectorXd exact_gradient(flow.parameter_count());
  exact.nll_gradient(x.template cast<double>(), exact_gradient);
  const double error = (exact_gradient - gradient.template cast<double>()).norm() / exact_gradient.norm();
  report(state, flow, batch, 3, error);
}

/// dead: after thousands of steps without a gradient, when the moments have decayed.
template <template <class> class Layer>
void optimizer_step(benchmark::State& state, int d, int hidden, bool dead) {
  auto flow = flow_of<Layer>(d, hidden);
  std::mt19937_64 rng{1};
  Eigen::VectorXf gradient(flow.parameter_count());
  flow.nll_gradient(flow.sample(32, rng), gradient);
  Eigen::VectorXf parameters = flow.parameters();
  bijou::Adam<float> adam;
  if (dead) {
    adam.step(parameters, gradient, 1e-6);
    gradient.setZero();
    for (int i = 0; i < 1500; ++i) adam.step(parameters, gradient, 1e-6);
  }
  for (auto _ : state) {
    adam.step(parameters, gradient, 1e-6);
    flow.set_parameters(parameters);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * parameters.size());
}

template <template <class> class Layer>
void register_flow(const std::string& flow) {
  for (const int d : {2, 6, 21, 63}) {
    for (const int hidden : {128, 512}) {
      const std::string shape = "/" + flow + "/D:" + std::to_string(d) + "/hidden:" + std::to_string(hidden);
      for (const int batch : {1, 32, 1024}) {
        const std::string name = shape + "/batch:" + std::to_string(batch);
        benchmark::RegisterBenchmark(("log_prob" + name).c_str(), log_prob<Layer>, d, hidden, batch);
        benchmark::RegisterBenchmark(("sample" + name).c_str(), sample<Layer>, d, hidden, batch);
        benchmark::RegisterBenchmark(("nll_gradient" + name).c_str(), nll_gradient<Layer>, d, hidden, batch);
      }
      benchmark::RegisterBenchmark(("optimizer_step" + shape).c_str(), optimizer_step<Layer>, d, hidden, false);
      benchmark::RegisterBenchmark(("optimizer_step" + shape + "/dead").c_str(), optimizer_step<Layer>, d, hidden,
                                   true);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
#ifndef NDEBUG
  std::cerr << "flows: compiled with assertions; the times say nothing. Build with CMAKE_BUILD_TYPE=Release.\n";
#endif
  peak = measure_fma_peak<float>();
  benchmark::AddCustomContext("fma_peak_gflops", std::to_string(peak / 1e9));
  benchmark::AddCustomContext("eigen", std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) +
                                           "." + std::to_string(EIGEN_MINOR_VERSION));
  benchmark::AddCustomContext("packet", std::to_string(bijou::detail::packet_size<float>) + " floats");
  register_flow<MafLayer>("maf");
  register_flow<RealNvpLayer>("real_nvp");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

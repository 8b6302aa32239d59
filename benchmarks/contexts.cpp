// What a context costs: flows of five layers (64, 64) in float with 10,000 events, without a context, under one for all
// events, and under another one for each. Counter: error, the largest difference in nats from the same events one by
// one.
#include <benchmark/benchmark.h>

#include <bijou/bijou.hpp>
#include <iostream>
#include <random>
#include <string>

namespace {

using bijou::Index;
constexpr Index events = 10'000;
constexpr int context_size = 3;

enum class Contexts { none, one, many };

/// call(density): a flow, or what `given` makes of it.
template <class Flow, class Call>
void with_context(const Flow& flow, const Eigen::MatrixXf& context, Call call) {
  if (context.cols() == 0)
    call(flow);
  else
    call(flow.given(context));
}

template <template <class, int> class Named>
class Case {
 public:
  Case(int d, Contexts contexts)
      : flow_(bijou::flows::FlowOptions{.event_size = d, .context_size = contexts == Contexts::none ? 0 : context_size},
              rng_),
        context_(context_size, contexts == Contexts::none  ? 0
                               : contexts == Contexts::one ? 1
                                                           : events) {
    for (float& value : context_.reshaped()) value = static_cast<float>(bijou::normal(rng_));
    const Eigen::MatrixXf data = bijou::StandardNormal<float, Eigen::Dynamic>{d}.sample(events, rng_);
    if (contexts == Contexts::none)
      bijou::initialize(flow_, data);
    else
      bijou::initialize(flow_, data, Eigen::MatrixXf::Random(context_size, events).eval());
    Eigen::VectorXf parameters = flow_.parameters();  // away from the identity, at which a flow starts
    for (float& value : parameters) value += 0.05f * static_cast<float>(bijou::normal(rng_));
    flow_.set_parameters(parameters);
    with_context(flow_, context_, [&](const auto& p) { x_ = p.sample(events, rng_); });
  }

  void log_prob(benchmark::State& state) {
    Eigen::VectorXf log_p(events);
    run(state, [&](const auto& p) { p.log_prob(x_, log_p, workspace_); });
    float error = 0;
    for (Index n = 0; n < events; n += 97) {
      const Eigen::VectorXf x = x_.col(n);
      const Eigen::MatrixXf own = context_.cols() > 1 ? context_.col(n) : context_;
      with_context(flow_, own,
                   [&](const auto& p) { error = (std::max)(error, std::abs(p.log_prob(x, workspace_) - log_p(n))); });
    }
    state.counters["error"] = static_cast<double>(error);
  }
  void sample(benchmark::State& state) {
    run(state, [&](const auto& p) { p.sample(x_, rng_, workspace_); });
  }
  void nll_gradient(benchmark::State& state) {
    Eigen::VectorXf gradient(flow_.parameter_count());
    run(state, [&](const auto& p) { benchmark::DoNotOptimize(p.nll_gradient(x_, gradient, workspace_)); });
  }

 private:
  template <class Call>
  void run(benchmark::State& state, Call call) {
    for (auto _ : state) {
      with_context(flow_, context_, call);
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * events);
  }

  std::mt19937_64 rng_{0};
  Named<float, Eigen::Dynamic> flow_;
  Eigen::MatrixXf context_;
  Eigen::MatrixXf x_;
  bijou::Workspace workspace_;
};

template <template <class, int> class Named>
void register_cases(const std::string& name) {
  for (const int d : {2, 6, 21}) {
    for (const auto& of_contexts :
         {std::pair{Contexts::none, "0"}, std::pair{Contexts::one, "1"}, std::pair{Contexts::many, "10000"}}) {
      const Contexts contexts = of_contexts.first;
      const char* label = of_contexts.second;
      const std::string shape = "/" + name + "/D:" + std::to_string(d) + "/contexts:" + label;
      const auto add = [&](const char* operation, auto call) {
        benchmark::RegisterBenchmark((operation + shape).c_str(), [=](benchmark::State& state) {
          Case<Named> made(d, contexts);
          call(made, state);
        });
      };
      add("log_prob", [](auto& made, benchmark::State& state) { made.log_prob(state); });
      add("sample", [](auto& made, benchmark::State& state) { made.sample(state); });
      add("nll_gradient", [](auto& made, benchmark::State& state) { made.nll_gradient(state); });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
#ifndef NDEBUG
  std::cerr << "contexts: compiled with assertions; the times say nothing. Build with CMAKE_BUILD_TYPE=Release.\n";
#endif
  register_cases<bijou::flows::MAF>("maf");
  register_cases<bijou::flows::RealNVP>("real_nvp");
  register_cases<bijou::flows::IAF>("iaf");
  register_cases<bijou::flows::NICE>("nice");
  register_cases<bijou::flows::NSF>("nsf");
  register_cases<bijou::flows::CouplingNSF>("coupling_nsf");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

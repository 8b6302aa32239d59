// bijou's side of the comparison with other libraries: times one case and prints one line of JSON.
//
//   bijou_runner about
//   bijou_runner KIND D HIDDEN LAYERS BATCH OPERATION THREADS SECONDS REPETITIONS
//
// KIND: maf, coupling, nsf or nsf_coupling, the last two with splines of 8 bins on (-5, 5), or unit_box, madnis'
// couplings of 10 bins on (0, 1). OPERATION: log_prob, sample or step (gradient of the mean negative log-likelihood,
// and Adam). SECONDS: how long a repetition lasts at least. The flow has LAYERS members with two hidden layers of
// HIDDEN units, and a reversal of the coordinates behind each.
#include <bijou/bijou.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/peak.hpp"

namespace {

using bijou::Index;
constexpr int dynamic = Eigen::Dynamic;
using Spline = bijou::RationalQuadraticSpline<float, 8>;
// Small, so that thousands of steps on one batch leave the flow an ordinary one. The same in the other libraries.
constexpr double learning_rate = 1e-5;

struct Case {
  std::string kind;
  int event_size;
  int hidden;
  int layers;
  Index batch;
  std::string operation;
  int threads;
  double seconds;
  int repetitions;
};

template <class Call>
double seconds_of(int calls, Call& call) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Largest resident memory of this process so far, 0 where /proc does not tell.
long peak_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmHWM:") {
      long kib = 0;
      status >> kib;
      return kib;
    }
  }
  return 0;
}

/// Seconds of one call, for each repetition. A call of more than a second is repeated less.
template <class Call>
void measure(const Case& c, Index parameters, Call call) {
  double once = seconds_of(1, call);  // takes memory, fills caches
  if (once < c.seconds) once = seconds_of(1, call);
  const int calls = static_cast<int>(std::clamp(std::ceil(c.seconds / std::max(once, 1e-9)), 1.0, 1e6));
  const int repetitions = std::clamp(static_cast<int>(1 / (calls * once)), 1, c.repetitions);
  std::vector<double> seconds;
  for (int i = 0; i < repetitions; ++i) seconds.push_back(seconds_of(calls, call) / calls);
  std::cout << R"({"parameters": )" << parameters << R"(, "calls": )" << calls << R"(, "seconds": [)";
  for (std::size_t i = 0; i < seconds.size(); ++i) std::cout << (i == 0 ? "" : ", ") << seconds[i];
  std::cout << R"(], "once": )" << once << R"(, "peak_kib": )" << peak_kib() << "}\n";
}

template <class Flow>
void run(const Case& c, Flow flow) {
  std::mt19937_64 rng{1};
  Eigen::MatrixXf x = flow.base.sample(c.batch, rng);
  bijou::Workspace workspace{c.threads};
  if (c.operation == "log_prob") {
    Eigen::VectorXf log_p(c.batch);
    measure(c, flow.parameter_count(), [&] {
      flow.log_prob(x, log_p, workspace);
      benchmark::DoNotOptimize(log_p.data());
    });
  } else if (c.operation == "sample") {
    measure(c, flow.parameter_count(), [&] {
      flow.sample(x, rng, workspace);
      benchmark::DoNotOptimize(x.data());
    });
  } else if (c.operation == "step") {
    Eigen::VectorXf parameters = flow.parameters();
    Eigen::VectorXf gradient(parameters.size());
    bijou::Adam<float> adam;
    measure(c, flow.parameter_count(), [&] {
      benchmark::DoNotOptimize(flow.nll_gradient(x, gradient, workspace));
      adam.step(parameters, gradient, learning_rate, c.threads);
      flow.set_parameters(parameters);
    });
  } else {
    throw std::invalid_argument("operation " + c.operation);
  }
}

template <class Make>
void run_flow(const Case& c, Make make) {
  using Layer = bijou::Chain<decltype(make()), bijou::Reverse<dynamic>>;
  std::vector<Layer> layers;
  for (int i = 0; i < c.layers; ++i) layers.emplace_back(make(), bijou::Reverse<dynamic>{});
  run(c, bijou::TransformedDistribution{bijou::StandardNormal<float, dynamic>{c.event_size},
                                        bijou::DynamicChain{std::move(layers)}});
}

void about() {
  std::cout << R"({"bijou": ")" << bijou::version_major << '.' << bijou::version_minor << '.' << bijou::version_patch
            << R"(", "eigen": ")" << EIGEN_WORLD_VERSION << '.' << EIGEN_MAJOR_VERSION << '.' << EIGEN_MINOR_VERSION
            << R"(", "compiler": ")" << BIJOU_RUNNER_COMPILER << R"(", "flags": ")" << BIJOU_RUNNER_FLAGS
            << R"(", "packet": )" << bijou::detail::packet_size<float> << R"(, "openmp": )"
#ifdef _OPENMP
            << "true"
#else
            << "false"
#endif
            << R"(, "fma_peak": )" << measure_fma_peak<float>() << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments == std::vector<std::string>{"about"}) {
      about();
      return 0;
    }
    if (arguments.size() != 9) throw std::invalid_argument("see the head of bijou_runner.cpp for the arguments");
    const auto number = [&](std::size_t i) { return std::stoi(arguments[i]); };
    const Case c{arguments[0], number(1),    number(2), number(3),
                 number(4),    arguments[5], number(6), std::stod(arguments[7]),
                 number(8)};
    std::mt19937_64 rng{0};
    const std::vector<int> hidden{c.hidden, c.hidden};
    if (c.kind == "maf") {
      run_flow(c, [&] { return bijou::MAF<float, dynamic>{c.event_size, hidden, rng}; });
    } else if (c.kind == "coupling") {
      run_flow(c, [&] { return bijou::RealNVP<float, dynamic>{c.event_size, c.event_size / 2, hidden, rng}; });
    } else if (c.kind == "nsf") {
      run_flow(c, [&] {
        return bijou::Autoregressive<dynamic, Spline, bijou::Made<float>>{c.event_size, Spline(-5, 5), hidden, rng};
      });
    } else if (c.kind == "nsf_coupling") {
      run_flow(c, [&] {
        return bijou::Coupling<dynamic, Spline, bijou::Mlp<float>>{c.event_size, Spline(-5, 5), c.event_size / 2,
                                                                   hidden, rng};
      });
    } else if (c.kind == "unit_box") {
      run(c, bijou::flows::madnis_coupling<float>({.event_size = c.event_size, .layers = c.layers, .hidden = hidden},
                                                  rng));
    } else {
      throw std::invalid_argument("kind " + c.kind);
    }
  } catch (const std::exception& error) {
    std::cerr << "bijou_runner: " << error.what() << '\n';
    return 2;
  }
}

// Base densities in float with 10,000 events of 6 and 63 coordinates: events in a second (items_per_second). Counter:
// error, the largest difference in nats from the same density in double.
#include <benchmark/benchmark.h>

#include <bijou/bijou.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>
#include <string>
#include <utility>

namespace {

using bijou::Index;
constexpr Index events = 10'000;
constexpr int dynamic = Eigen::Dynamic;
constexpr Index components = 10;

template <class T>
using Vector = Eigen::Vector<T, dynamic>;
template <class T>
using Matrix = Eigen::Matrix<T, dynamic, dynamic>;

/// 0.5 to 2, the same in either scalar.
template <class T>
Vector<T> numbers(Index d) {
  return Eigen::VectorXf::LinSpaced(d, 0.5f, 2.0f).cast<T>();
}

struct StandardNormal {
  template <class T>
  static auto make(Index d) {
    return bijou::StandardNormal<T, dynamic>{d};
  }
};
struct Uniform {
  template <class T>
  static auto make(Index d) {
    return bijou::Uniform<T, dynamic>{-numbers<T>(d), numbers<T>(d)};
  }
};
struct ConditionalDiagonalNormal {
  template <class T>
  static auto make(Index d) {
    std::mt19937_64 rng{0};
    return bijou::ConditionalDiagonalNormal<T, dynamic>{d, bijou::NetworkOptions({64, 64}, 3), rng};
  }
};
struct DiagonalNormal {
  template <class T>
  static auto make(Index d) {
    return bijou::DiagonalNormal<T, dynamic>{numbers<T>(d), numbers<T>(d)};
  }
};
struct Laplace {
  template <class T>
  static auto make(Index d) {
    return bijou::Laplace<T, dynamic>{numbers<T>(d), numbers<T>(d)};
  }
};
struct Logistic {
  template <class T>
  static auto make(Index d) {
    return bijou::Logistic<T, dynamic>{numbers<T>(d), numbers<T>(d)};
  }
};
struct StudentT {
  template <class T>
  static auto make(Index d) {
    return bijou::StudentT<T, dynamic>{numbers<T>(d), numbers<T>(d), Vector<T>::Constant(d, 5)};
  }
};
struct MultivariateNormal {
  template <class T>
  static auto make(Index d) {
    Matrix<T> factor = numbers<T>(d) * numbers<T>(d).transpose() / static_cast<T>(d);
    factor.diagonal() = numbers<T>(d);
    factor.template triangularView<Eigen::StrictlyUpper>().setZero();
    return bijou::MultivariateNormal<T, dynamic>{numbers<T>(d), factor};
  }
};
struct MixtureOfGaussians {
  template <class T>
  static auto make(Index d) {
    std::mt19937_64 rng{1};
    return bijou::MixtureOfGaussians<T, dynamic>{d, components, rng};
  }
};
struct Product {
  template <class T>
  static auto make(Index d) {
    const Index half = d / 2;
    return bijou::Product{bijou::Uniform<T, dynamic>{-numbers<T>(half), numbers<T>(half)},
                          bijou::DiagonalNormal<T, dynamic>{numbers<T>(d - half), numbers<T>(d - half)}};
  }
};
/// Of the default sizes, with 10 components and a context of 3 rows for each event.
struct MDN {
  template <class T>
  static auto make(Index d) {
    std::mt19937_64 rng{1};
    return bijou::flows::MDN<T>{{.event_size = d, .context_size = 3, .components = components}, rng};
  }
};

template <class Kind>
class Case {
 public:
  explicit Case(Index d) : p_(Kind::template make<float>(d)), in_double_(Kind::template make<double>(d)) {
    for (float& value : context_.reshaped()) value = static_cast<float>(bijou::normal(rng_));
    call(p_, context_, [&](const auto& p) { x_ = p.sample(events, rng_); });
  }

  void log_prob(benchmark::State& state) {
    Eigen::VectorXf log_p(events);
    run(state, [&](const auto& p) { p.log_prob(x_, log_p, workspace_); });
    const Eigen::MatrixXd context = context_.cast<double>();
    call(in_double_, context, [&](const auto& p) {
      const Eigen::VectorXd expected = p.log_prob(x_.template cast<double>());
      state.counters["error"] = (log_p.cast<double>() - expected).cwiseAbs().maxCoeff();
    });
  }
  void nll_gradient(benchmark::State& state) {
    Eigen::VectorXf gradient(p_.parameter_count());
    run(state, [&](const auto& p) { benchmark::DoNotOptimize(p.nll_gradient(x_, gradient, workspace_)); });
  }
  void sample(benchmark::State& state) {
    run(state, [&](const auto& p) { p.sample(x_, rng_, workspace_); });
  }

 private:
  template <class P, class Context, class F>
  static void call(const P& p, const Context& context, F f) {
    if constexpr (requires { p.context_size(); }) {
      if (p.context_size() > 0) return f(p.given(context));
    }
    if constexpr (!std::is_same_v<Kind, MDN> && !std::is_same_v<Kind, ConditionalDiagonalNormal>) f(p);
  }
  template <class F>
  void run(benchmark::State& state, F f) {
    for (auto _ : state) {
      call(p_, context_, f);
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * events);
  }

  std::mt19937_64 rng_{0};
  decltype(Kind::template make<float>(1)) p_;
  decltype(Kind::template make<double>(1)) in_double_;
  Eigen::MatrixXf context_{3, events};
  Eigen::MatrixXf x_;
  bijou::Workspace workspace_;
};

template <class Kind>
void register_cases(const std::string& name) {
  for (const Index d : {6, 63}) {
    const std::string shape = "/" + name + "/D:" + std::to_string(d);
    const auto add = [&](const char* operation, auto call) {
      benchmark::RegisterBenchmark((operation + shape).c_str(), [=](benchmark::State& state) {
        Case<Kind> made(d);
        call(made, state);
      });
    };
    add("log_prob", [](auto& made, benchmark::State& state) { made.log_prob(state); });
    add("nll_gradient", [](auto& made, benchmark::State& state) { made.nll_gradient(state); });
    add("sample", [](auto& made, benchmark::State& state) { made.sample(state); });
  }
}

}  // namespace

int main(int argc, char** argv) {
#ifndef NDEBUG
  std::cerr << "distributions: compiled with assertions; the times say nothing. Build with CMAKE_BUILD_TYPE=Release.\n";
#endif
  register_cases<StandardNormal>("standard_normal");
  register_cases<Uniform>("uniform");
  register_cases<DiagonalNormal>("diagonal_normal");
  register_cases<ConditionalDiagonalNormal>("conditional_diagonal_normal");
  register_cases<Laplace>("laplace");
  register_cases<Logistic>("logistic");
  register_cases<StudentT>("student_t");
  register_cases<MultivariateNormal>("multivariate_normal");
  register_cases<MixtureOfGaussians>("mixture_of_gaussians");
  register_cases<Product>("product");
  register_cases<MDN>("mdn");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

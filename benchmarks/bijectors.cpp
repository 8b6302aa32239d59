// Single bijectors in float with 1,024 events: forward, inverse, and the pullback of the inverse with its pass, which
// is what training takes. D = 6 and 63, through the functions on tiles with an arena that is kept.
//   items_per_second   events
//   error              of a round trip, the largest difference
#include <benchmark/benchmark.h>

#include <bijou/bijou.hpp>
#include <iostream>
#include <random>
#include <string>

namespace {

using namespace bijou;
constexpr int dynamic = Eigen::Dynamic;
constexpr Index events = 1024;

/// A bijector and the tiles of a batch.
template <class B>
class Case {
 public:
  Case(B bijector, Index size) : bijector_(std::move(bijector)), z_(size, events) {
    std::mt19937_64 rng{1};
    // Away from the identity, at which many start.
    for_each_parameter(bijector_, [&](auto& member) {
      for (float& number : member.reshaped()) number += 0.1f * static_cast<float>(normal(rng));
    });
    for (float& number : z_.reshaped()) number = 0.25f + 0.5f * static_cast<float>(uniform(rng));
    x_ = bijou::forward(bijector_, z_);
    gradient_.setZero(parameter_count(bijector_));
  }

  void forward(benchmark::State& state) { run<detail::Forward>(state, z_, false); }
  void inverse(benchmark::State& state) { run<detail::Inverse>(state, x_, false); }
  void pullback(benchmark::State& state) { run<detail::Inverse>(state, x_, true); }

 private:
  template <class Direction>
  void run(benchmark::State& state, const Eigen::MatrixXf& in, bool with_pullback) {
    for (auto _ : state) {
      detail::for_each_tile(events, arena_, [&](const detail::TileOfBatch& at) {
        using Cache = detail::cache_t<B, float>;
        const Tile<float> input = detail::load_events<float>(in, at);
        const Tile<float> output = arena_.tile<float>(in.rows(), at.count);
        const Sums log_det = arena_.sums(at.count);
        Cache cache{};
        Pass<float> pass{.arena = arena_, .keep_for_pullback = with_pullback};
        Direction::apply(bijector_, Evaluation<float, Cache>{input, output, log_det, cache, pass});
        if (with_pullback) {
          Row<float> weight = arena_.row<float>(at.count);
          weight.setConstant(1.0f);
          const Tile<float> back = arena_.tile<float>(in.rows(), at.count);
          Direction::pullback(
              bijector_,
              Pullback<float, Cache>{input, output, output, weight, back,
                                     ParameterGradient<float>(gradient_.data(), gradient_.size()), cache, pass});
          benchmark::DoNotOptimize(back.data());
        }
        benchmark::DoNotOptimize(output.data());
      });
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * events);
    state.counters["error"] = static_cast<double>((bijou::inverse(bijector_, x_) - z_).cwiseAbs().maxCoeff());
  }

  B bijector_;
  Eigen::MatrixXf z_, x_;
  Eigen::VectorXf gradient_;
  Arena arena_;
};

template <class B>
void add(const std::string& name, Index size, B bijector) {
  auto shared = std::make_shared<Case<B>>(std::move(bijector), size);
  const auto add_one = [&](const char* what, void (Case<B>::*call)(benchmark::State&)) {
    const std::string full = std::string(what) + "/" + name + "/D:" + std::to_string(size);
    benchmark::RegisterBenchmark(full.c_str(), [shared, call](benchmark::State& state) { ((*shared).*call)(state); });
  };
  add_one("forward", &Case<B>::forward);
  add_one("inverse", &Case<B>::inverse);
  add_one("pullback", &Case<B>::pullback);
}

/// Affine layers with the networks that there are, 64 units a layer.
void add_layers(Index d, std::mt19937_64& rng) {
  using Affine = AffineTransformer<float>;
  using activations::Relu;
  const NetworkOptions two({64, 64}, 0), block({64, 64, 64}, 0);
  const auto add_autoregressive = [&]<class Network>(const char* name, const Network& network) {
    add(name, d, Autoregressive<dynamic, Affine, Network>(Affine{}, network));
  };
  const auto add_coupling = [&]<class Network>(const char* name, const Network& network) {
    add(name, d, Coupling<dynamic, Affine, Network>(Affine{}, network));
  };
  add_autoregressive("autoregressive/made", Made<float>(d, 2, two, rng));
  add_autoregressive("autoregressive/feed_forward_with_context",
                     Made<float, Relu, FeedForwardWithContext>(d, 2, two, rng));
  add_autoregressive("autoregressive/residual", Made<float, Relu, Residual>(d, 2, block, rng));
  add_autoregressive("autoregressive/residual_with_context", Made<float, Relu, ResidualWithContext>(d, 2, block, rng));
  add_autoregressive("autoregressive/periodic_features",
                     PeriodicFeatures<Made<float>>(Eigen::VectorXf::Ones(d), 2, two, rng));
  const Index passed = d / 2;
  add_coupling("coupling/mlp", Mlp<float>(passed, 2 * (d - passed), two, rng));
  add_coupling("coupling/gated_residual", Mlp<float, Relu, GatedResidual>(passed, 2 * (d - passed), block, rng));
}

void add_all(Index d) {
  std::mt19937_64 rng{0};
  const Eigen::VectorXf ones = Eigen::VectorXf::Ones(d);
  add("affine", d, Affine<float, dynamic>{0 * ones, ones});
  add("random_permutation", d, RandomPermutation<dynamic>(d, rng));
  add("lu_linear", d, LULinear<float, dynamic>(d));
  add("triangular_affine", d, TriangularAffine<float, dynamic>(d));
  add("rotation", d, Rotation<float, dynamic>(d, rng));
  add("act_norm", d, ActNorm<float, dynamic>(d));
  add("batch_norm", d, BatchNorm<float, dynamic>(d));
  add("planar", d, Planar<float, dynamic>(d, rng));
  add("radial", d, Radial<float, dynamic>(d, rng));
  add("on_slice", d, OnSlice(d, d / 2, ActNorm<float, dynamic>(d - d / 2)));
  add("sigmoid", d, Sigmoid<float, dynamic>(d));
  add("logit", d, Logit<float, dynamic>(d));
  add("tanh", d, Tanh<float, dynamic>(d));
  add("softplus", d, Softplus<float, dynamic>(d));
  add("exp", d, Exp<float, dynamic>(d));
  add("log", d, Log<float, dynamic>(d));
  add("power", d, Power<float, dynamic>(d));
  add("leaky_relu", d, LeakyRelu<float, dynamic>(d));
  add("sinh_arcsinh", d, SinhArcsinh<float, dynamic>(d));
  add("normal_cdf", d, NormalCdf<float, dynamic>(d));
  add("normal_quantile", d, NormalQuantile<float, dynamic>(d));
  add("cosine", d, Cosine<float, dynamic>(d));
  add("reverse", d, Reverse<dynamic>{});
  add("permute", d, Permute<dynamic>::of_list(random_order(d, rng)));
  add("box", d, Box<float, dynamic>(0 * ones, ones));
  add("standardize", d, Standardize<float, dynamic>(0 * ones, 2 * ones));
  add_layers(d, rng);
}

}  // namespace

int main(int argc, char** argv) {
#ifndef NDEBUG
  std::cerr << "bijectors: compiled with assertions; the times say nothing. Build with CMAKE_BUILD_TYPE=Release.\n";
#endif
  benchmark::AddCustomContext("packet", std::to_string(detail::packet_size<float>) + " floats");
  for (const Index d : {6, 63}) add_all(d);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

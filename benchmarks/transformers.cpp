// Transformers by themselves, without the networks that give their parameters: a tile of 128 events of one coordinate,
// forward, inverse, and each with its pullback. items_per_second are events.
#include <benchmark/benchmark.h>

#include <bijou/bijou.hpp>
#include <iostream>
#include <random>
#include <string>

namespace {

using bijou::Index;
constexpr Index events = 128;

enum class Run { forward, inverse, forward_pullback, inverse_pullback };

/// Values on both sides, parameters and gradients for one coordinate of the events.
template <class S>
class Coordinate {
  using T = typename S::Scalar;

 public:
  explicit Coordinate(const S& s) : transformer_(s), count_(s.parameters_per_coordinate()) {
    std::mt19937_64 rng{0};
    const auto fill = [&](auto&& numbers) {
      for (Index i = 0; i < numbers.size(); ++i) numbers(i) = static_cast<T>(bijou::normal(rng));
    };
    for (Index k = 0; k < count_; ++k) fill(parameters_.row(k));
    fill(x_);
    fill(gradient_);
    x_ = x_ / T(4) + T(0.5);
    transformer_.inverse({parameters_, x_, z_, log_det_, pass_});
  }

  void run(Run what) {
    switch (what) {
      case Run::forward:
        return transformer_.forward({parameters_, z_, image_, log_det_, pass_});
      case Run::inverse:
        return transformer_.inverse({parameters_, x_, image_, log_det_, pass_});
      case Run::forward_pullback:
        return transformer_.forward_pullback(
            {parameters_, z_, x_, gradient_, gradient_, parameters_gradient_, input_gradient_, pass_});
      case Run::inverse_pullback:
        return transformer_.inverse_pullback(
            {parameters_, x_, z_, gradient_, gradient_, parameters_gradient_, input_gradient_, pass_});
    }
  }

 private:
  S transformer_;
  Index count_;
  bijou::Arena arena_;
  bijou::Pass<T> pass_{.arena = arena_, .keep_for_pullback = true};
  bijou::Tile<T> parameters_ = arena_.tile<T>(count_, events);
  bijou::Tile<T> parameters_gradient_ = arena_.tile<T>(count_, events);
  bijou::Row<T> x_ = arena_.row<T>(events);
  bijou::Row<T> z_ = arena_.row<T>(events);
  bijou::Row<T> image_ = arena_.row<T>(events);
  bijou::Row<T> gradient_ = arena_.row<T>(events);
  bijou::Row<T> input_gradient_ = arena_.row<T>(events);
  bijou::Sums log_det_ = arena_.sums(events);
};

template <class S>
void measure(benchmark::State& state, const S& s, Run what) {
  Coordinate<S> coordinate(s);
  for (auto _ : state) {
    coordinate.run(what);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * events);
}

template <class S>
void register_transformer(const std::string& name, const S& s) {
  const auto add = [&](const char* what, Run run) {
    benchmark::RegisterBenchmark((what + ("/" + name)).c_str(),
                                 [=](benchmark::State& state) { measure(state, s, run); });
  };
  add("forward", Run::forward);
  add("inverse", Run::inverse);
  add("forward_pullback", Run::forward_pullback);
  add("inverse_pullback", Run::inverse_pullback);
}

template <class T>
void register_scalar(const std::string& scalar) {
  using namespace bijou;
  register_transformer("rational_quadratic/bins:8/" + scalar, RationalQuadraticSpline<T, 8>{});
  register_transformer("rational_quadratic/softplus_floor/bins:8/" + scalar,
                       RationalQuadraticSpline<T, 8, spline_edges::IdentityTails, spline_maps::SoftplusFloor>{});
  register_transformer("rational_quadratic/bins:8_at_run_time/" + scalar,
                       RationalQuadraticSpline<T, Eigen::Dynamic>{8});
  register_transformer("rational_quadratic/circular/bins:8/" + scalar,
                       RationalQuadraticSpline<T, 8, spline_edges::Circular>{});
  register_transformer("rational_quadratic/interval/normalized_softplus_floor/bins:8/" + scalar,
                       RationalQuadraticSpline<T, 8, spline_edges::Interval, spline_maps::NormalizedSoftplusFloor>{});
  register_transformer("rational_quadratic/interval/least_width/bins:8/" + scalar,
                       RationalQuadraticSpline<T, 8, spline_edges::Interval, spline_maps::LeastWidth<1>>{});
  register_transformer("linear/bins:8/" + scalar, LinearSpline<T, 8>{});
  register_transformer("affine/" + scalar, AffineTransformer<T>{});
  register_transformer("affine/softplus_floor/" + scalar, AffineTransformer<T, scale_maps::SoftplusFloor>{});
  register_transformer("affine/sigmoid_floor/" + scalar, AffineTransformer<T, scale_maps::SigmoidFloor>{});
  register_transformer("additive/" + scalar, AdditiveTransformer<T>{});
  register_transformer("inverted_affine/" + scalar, InvertTransformer<AffineTransformer<T>>{});
  register_transformer("sinh_arcsinh/" + scalar, FormulaTransformer<T, formulas::SinhArcsinh>{});
  register_transformer("per_coordinate/affine/" + scalar,
                       PerCoordinate<AffineTransformer<T>, AdditiveTransformer<T>>{{0, 1}, {}, {}});
}

}  // namespace

int main(int argc, char** argv) {
#ifndef NDEBUG
  std::cerr << "transformers: compiled with assertions; the times say nothing. Build with CMAKE_BUILD_TYPE=Release.\n";
#endif
  benchmark::AddCustomContext("packet", std::to_string(bijou::detail::packet_size<float>) + " floats");
  register_scalar<float>("float");
  register_scalar<double>("double");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

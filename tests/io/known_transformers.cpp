#include <bijou/bijou.hpp>
#include <bijou/io/known_transformers.hpp>

#include "io/same_flow.hpp"
#include "support/catch.hpp"

using namespace bijou;
using same_flow::check_scattered;

namespace {

template <class S>
AnyFlow<double> flow_of(const S& transformer) {
  return TransformedDistribution{StandardNormal<double, 2>{}, Elementwise<2, S>{transformer}};
}

template <class S>
void check_transformer(const S& transformer) {
  using T = typename S::Scalar;
  INFO(detail::type_text(detail::architecture_of(transformer)));
  // Erased, so that one layer is compiled for all transformers.
  check_scattered<T>(TransformedDistribution{Uniform<T, 2>{{T(0.1), T(0.2)}, {T(0.8), T(0.9)}},
                                             Elementwise<2, AnyTransformer<T>>{transformer}});
}

}  // namespace

TEST_CASE("a file with an unknown policy names it and those that are known", "[io]") {
  const AnyFlow<double> affine = flow_of(AffineTransformer<double>{});
  CHECK(refusal_of_architecture(affine, "BoundedExp", "Cube") ==
        "bijector.transformer has the unknown scale \"Cube\"; known are: BoundedExp, SoftClippedExp, Exp, "
        "SoftplusFloor, SigmoidFloor, TanhClippedExp, FlowJaxScale");
  CHECK(refusal_of_architecture(affine, "scale", "size") ==
        "bijector.transformer has no \"scale\" in the architecture");
  CHECK(refusal_of_architecture(affine, "AffineTransformer", "Other") ==
        "bijector.transformer is of the unknown type \"Other\"; as a transformer are known: AdditiveTransformer, "
        "AffineTransformer, FormulaTransformer, InvertTransformer, LinearSpline, PerCoordinate, "
        "RationalQuadraticSpline; types of your own join by KnownTypes");
  using Spline = RationalQuadraticSpline<double, 4, spline_edges::Circular>;
  CHECK(refusal_of_architecture(flow_of(Spline{}), "SoftClipped", "HalvedEnds") ==
        "bijector.transformer has the unknown map \"HalvedEnds\"; known are: SoftClipped, SoftplusFloor");
}

TEST_CASE("a flow of a file prints the names of what was saved", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  using Layer = Coupling<2, RationalQuadraticSpline<double, 4>, Mlp<double>>;
  const TransformedDistribution flow{StandardNormal<double, 2>{}, Layer{1, {{4}}, rng}};
  save(flow, folder / "a");
  const std::string printed = description(load<double>(folder / "a"));
  CHECK(printed.find("transformer: RationalQuadraticSpline ") != std::string::npos);
  CHECK(printed.find("conditioner: Mlp ") != std::string::npos);
}

TEST_CASE("a spline of a file has as many bins and an interval as splines have", "[io]") {
  const AnyFlow<double> spline = flow_of(RationalQuadraticSpline<double, 4>{});
  const auto refusal = [&](std::int64_t bins) {
    return refusal_of_edited(spline, {"bijector.transformer.bins", TensorType::i64, {}, &bins});
  };
  CHECK(refusal(1) == "RationalQuadraticSpline: expected at least 2 bins, got 1");
  CHECK(refusal(-3) == "RationalQuadraticSpline: expected at least 2 bins, got -3");
  CHECK(refusal(std::int64_t{1} << 61) == "bijector.transformer has 2305843009213693952 bins");
  CHECK(refusal(5) == "bijector has a tensor \"parameters\" of shape 11 x 2, expected 14 x 2");
  const double ten = 10;
  CHECK(refusal_of_edited(spline, {"bijector.transformer.low", TensorType::f64, {}, &ten})
            .find("RationalQuadraticSpline: expected low < high") == 0);
  const double two[] = {1, 2};
  CHECK(refusal_of_edited(spline, {"bijector.transformer.low", TensorType::f64, {2}, two}) ==
        "bijector.transformer has 2 numbers in \"low\", expected 1");
}

TEST_CASE("load<T>: transformers with every policy", "[io]") {
  const auto affine = []<class... Map>(Map...) { (check_transformer(AffineTransformer<double, Map>{}), ...); };
  affine(scale_maps::BoundedExp{}, scale_maps::SoftClippedExp{}, scale_maps::Exp{}, scale_maps::SoftplusFloor{},
         scale_maps::SigmoidFloor{}, detail::FlowJaxScale{});
  check_transformer(AdditiveTransformer<double>{});
  const auto formulas = []<class... F>(F...) { (check_transformer(FormulaTransformer<double, F>{}), ...); };
  formulas(formulas::Sigmoid{}, formulas::Tanh{}, formulas::Softplus{}, formulas::Exp{}, formulas::Power{},
           formulas::LeakyRelu{}, formulas::SinhArcsinh{}, formulas::NormalCdf{}, formulas::Cosine{});
  check_transformer(InvertTransformer<FormulaTransformer<double, formulas::Sigmoid>>{});
  const auto linear = []<class... Map>(Map...) { (check_transformer(LinearSpline<double, 5, Map>{-1, 2}), ...); };
  linear(spline_maps::Softmax{}, spline_maps::SoftClipped<>{}, spline_maps::SoftplusFloor{});
  const auto splines = []<class Edges, class... Map>(Edges, Map...) {
    (check_transformer(RationalQuadraticSpline<double, 5, Edges, Map>{-1, 2}), ...);
  };
  const spline_maps::SoftClipped<> clipped;
  const spline_maps::SoftplusFloor floor;
  splines(spline_edges::IdentityTails{}, clipped, floor);
  splines(spline_edges::LinearTails{}, clipped, floor);
  splines(spline_edges::Circular{}, clipped, floor);
  splines(spline_edges::Interval{}, clipped, floor, spline_maps::NormalizedSoftplusFloor{}, spline_maps::HalvedEnds{});
  using Mixed = PerCoordinate<AffineTransformer<double>, InvertTransformer<AdditiveTransformer<double>>>;
  check_transformer(Mixed{{1, 0}, {}, {}});
}

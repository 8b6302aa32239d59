#include <bijou/bijou.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"
#include "support/transformer_laws.hpp"

using namespace bijou;

TEST_CASE("AnyTransformer satisfies the laws", "[any_transformer]") {
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::AnyTransformer>);
}

TEST_CASE("a layer of an AnyTransformer gives the bits of one whose type says it", "[any_transformer]") {
  std::mt19937_64 rng{1};
  using Spline = RationalQuadraticSpline<double, 5>;
  const Made<double> network{3, Spline{}.parameters_per_coordinate(), {8}, rng};
  const Autoregressive<3, Spline, Made<double>> known{Spline{}, network};
  const Autoregressive<3, AnyTransformer<double>, Made<double>> any{Spline{}, network};
  laws::check_same_map(any, known, laws::normals<double>(3, 200, rng));
}

TEST_CASE("AnyTransformer is a value", "[any_transformer]") {
  AnyTransformer<float> a = AffineTransformer<float>{};
  AnyTransformer<float> b = AdditiveTransformer<float>{};
  CHECK(a.parameters_per_coordinate() == 2);
  CHECK(b.parameters_per_coordinate() == 1);
  b = a;
  CHECK(b.parameters_per_coordinate() == 2);
  CHECK(b.get_if<AffineTransformer<float>>() != nullptr);
  CHECK(b.get_if<AdditiveTransformer<float>>() == nullptr);
  CHECK(a.coordinates() == any_size);
  static_assert(!std::is_constructible_v<AnyTransformer<float>, AffineTransformer<double>>);

  using Mixed = PerCoordinate<AffineTransformer<float>, AdditiveTransformer<float>>;
  const AnyTransformer<float> two = InvertTransformer<AnyTransformer<float>>{Mixed{{0, 1}, {}, {}}};
  CHECK(two.coordinates() == 2);
  CHECK(message_of([&] { Elementwise<3, AnyTransformer<float>>{two}; }) ==
        "Elementwise: expected a transformer for events of size 3, got 2");
}

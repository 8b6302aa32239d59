#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>

#include "registry.hpp"
#include "support/archetypes.hpp"
#include "support/transformer_laws.hpp"

using bijou::AffineTransformer;
using bijou::InvertTransformer;
namespace scale_maps = bijou::scale_maps;

static_assert(bijou::Transformer<InvertTransformer<AffineTransformer<float>>>);
static_assert(bijou::Transformer<InvertTransformer<InvertTransformer<AffineTransformer<double>>>>);

TEST_CASE("InvertTransformer: laws", "[transformer]") {
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::Invert>);
  laws::check_transformer(
      []<class T>(T, auto&) { return InvertTransformer<AffineTransformer<T, scale_maps::SoftplusFloor>>{}; });
}

TEMPLATE_TEST_CASE("InvertTransformer: each direction is the other one of what it inverts", "[transformer]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  using S = AffineTransformer<T, scale_maps::SigmoidFloor>;
  std::mt19937_64 rng{1};
  const laws::Matrix<T> p = laws::normals<T>(2, 9, rng);
  const laws::Vector<T> in = laws::normals<T>(9, 1, rng);
  const laws::Vector<T> g = laws::normals<T>(9, 1, rng);
  const laws::Vector<T> l = laws::normals<T>(9, 1, rng);
  const auto plain = laws::coordinate_of(S{});
  const auto inverted = laws::coordinate_of(InvertTransformer<S>{});
  const auto restored = laws::coordinate_of(InvertTransformer<InvertTransformer<S>>{});
  const laws::CoordinateEvents<T> events{p, in, g, l};
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const auto expected = laws::run(plain, direction, events);
    for (const auto& actual :
         {laws::run(inverted, laws::opposite(direction), events), laws::run(restored, direction, events)}) {
      laws::check_same_bits(actual.value, expected.value);
      laws::check_same_bits(actual.log_det, expected.log_det);
      laws::check_same_bits(actual.input_gradient, expected.input_gradient);
      laws::check_same_bits(actual.parameters_gradient, expected.parameters_gradient);
    }
  }
}

TEST_CASE("InvertTransformer: the smallest transformer, with its state", "[transformer]") {
  laws::check_transformer(
      []<class T>(T, auto&) { return InvertTransformer<archetypes::Additive<T>>{archetypes::Additive<T>(T(1.5))}; });
  const InvertTransformer<archetypes::Additive<double>> s{archetypes::Additive<double>(3)};
  std::vector<std::string> names;
  bijou::for_each_named_state(s, [&](const std::string& name, const double& value) {
    names.push_back(name);
    CHECK(value == 3);
  });
  CHECK(names == std::vector<std::string>{"transformer.factor"});
}

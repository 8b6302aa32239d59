#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/invert.hpp>

#include "support/transformer_laws.hpp"

using bijou::AffineTransformer;
using bijou::InvertTransformer;
namespace maps = bijou::scale_maps;

template struct bijou::InvertTransformer<AffineTransformer<float>>;
template struct bijou::InvertTransformer<AffineTransformer<double>>;

static_assert(bijou::Transformer<InvertTransformer<AffineTransformer<float>>>);
static_assert(bijou::Transformer<InvertTransformer<InvertTransformer<AffineTransformer<double>>>>);

TEST_CASE("InvertTransformer: laws", "[transformer]") {
  laws::check_transformer([]<class T>(T) { return InvertTransformer<AffineTransformer<T>>{}; });
  laws::check_transformer([]<class T>(T) { return InvertTransformer<AffineTransformer<T, maps::SoftplusFloor>>{}; });
}

TEMPLATE_TEST_CASE("InvertTransformer: each direction is the other one of what it inverts", "[transformer]", float,
                   double) {
  using T = TestType;
  using S = AffineTransformer<T, maps::SigmoidFloor>;
  std::mt19937_64 rng{1};
  const laws::Matrix<T> p = laws::normals<T>(2, 9, rng);
  const laws::Vector<T> in = laws::normals<T>(9, 1, rng);
  const laws::Vector<T> g = laws::normals<T>(9, 1, rng);
  const laws::Vector<T> l = laws::normals<T>(9, 1, rng);
  const auto plain = laws::coordinate_of(S{});
  const auto inverted = laws::coordinate_of(InvertTransformer<S>{});
  const auto twice = laws::coordinate_of(InvertTransformer<InvertTransformer<S>>{});
  for (const laws::Direction direction : laws::directions) {
    INFO(laws::text(direction));
    const auto expected = plain(direction, p, in, g, l);
    for (const auto& actual : {inverted(laws::opposite(direction), p, in, g, l), twice(direction, p, in, g, l)}) {
      laws::check_same_bits(actual.value, expected.value);
      laws::check_same_bits(actual.log_det, expected.log_det);
      laws::check_same_bits(actual.input_gradient, expected.input_gradient);
      laws::check_same_bits(actual.parameters_gradient, expected.parameters_gradient);
    }
  }
}

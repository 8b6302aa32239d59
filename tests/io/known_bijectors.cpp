#include <bijou/bijou.hpp>
#include <bijou/io/known_bijectors.hpp>
#include <cstdint>
#include <vector>

#include "io/known.hpp"
#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class B>
AnyFlow<double> flow_of(const B& bijector) {
  return TransformedDistribution{StandardNormal<double, 3>{}, bijector};
}

}  // namespace

TEST_CASE("bijectors of a file whose sizes do not fit are refused", "[io]") {
  const double numbers[] = {1, 2, 3, 4};
  const AnyFlow<double> affine = flow_of(Affine<double, 3>{{0, 0, 0}, {1, 1, 1}});
  CHECK(refusal_of_edited(affine, {"bijector.shift", TensorType::f64, {2}, numbers}) ==
        "TransformedDistribution: the parts have different event sizes, 3 and 2");
  CHECK(refusal_of_edited(affine, {"bijector.shift", TensorType::f64, {}, numbers}) ==
        "bijector has a tensor \"shift\" of 0 dimensions; expected at least 1");
  CHECK(refusal_of_edited(affine, {"bijector.scale", TensorType::f64, {2}, numbers}) ==
        "tensor \"bijector.scale\" has another shape: expected 3, found 2");
  CHECK(refusal_of_edited(affine, {"bijector.shift"}) == "bijector has no tensor \"shift\"");

  const std::vector<double> many(2'000'000, 1.0);
  const AnyFlow<double> lu = flow_of(LULinear<double, 3>{});
  CHECK(refusal_of_edited(lu, {"bijector.diagonal", TensorType::f64, {100'000}, many.data()}) ==
        "bijector has a tensor \"lower\" of shape 3, expected 4999950000");
  CHECK(refusal_of_edited(lu, {"bijector.diagonal", TensorType::f64, {2'000'000}, many.data()}) ==
        "bijector has 2000000 coordinates");

  const std::int32_t twice[] = {0, 0, 1};
  CHECK(refusal_of_edited(flow_of(Permute<3>{2, 0, 1}), {"bijector.indices", TensorType::i32, {3}, twice}) ==
        "Permute: a permutation must name each index from 0 to D - 1 exactly once");
  const AnyFlow<double> slice = flow_of(OnSlice<3, Affine<double, 2>>{1, Affine<double, 2>{{0, 0}, {1, 1}}});
  CHECK(refusal_of_edited(slice, {"bijector.coordinates", TensorType::i32, {2}, twice}) ==
        "OnSlice: expected different coordinates, got 0 twice");
  CHECK(refusal_of_edited(slice, {"bijector.coordinates", TensorType::i32, {3}, twice}).find("OnSlice: ") == 0);
}

TEST_CASE("bijectors of a file whose parts are not there are refused", "[io]") {
  const AnyFlow<double> chain = flow_of(Chain{Reverse<3>{}, Invert{Permute<3>{2, 0, 1}}});
  CHECK(refusal_of_architecture(chain, "\"bijectors\"", "\"parts\"") ==
        "bijector has no list \"bijectors\" in the architecture");
  CHECK(refusal_of_architecture(chain, "\"type\":\"Reverse\"", "\"kind\":\"Reverse\"") ==
        "bijector.bijectors.0 has no \"type\" in the architecture");
  CHECK(refusal_of_architecture(chain, "\"bijector\":{\"type\":\"Permute\",\"shape\":\"3\"}", "\"other\":1") ==
        "bijector.bijectors.1 has no part \"bijector\" in the architecture");
  CHECK(refusal_of_architecture(chain, "\"bijector\":{\"type\":\"Permute\",\"shape\":\"3\"}", "\"bijector\":1") ==
        "bijector.bijectors.1.bijector is no object in the architecture");
  CHECK(refusal_of_architecture(chain, "\"Reverse\"", "\"Invert\"") ==
        "bijector.bijectors.0 has no part \"bijector\" in the architecture");
}

#include <bijou/bijou.hpp>
#include <bijou/io/known_distributions.hpp>

#include "io/known.hpp"
#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("distributions of a file whose sizes do not fit are refused", "[io]") {
  std::mt19937_64 rng{1};
  const double numbers[] = {1, 2, 3, 4, 5, 6};
  const AnyFlow<double> mixture = MixtureOfGaussians<double, 2>{3, rng};
  CHECK(refusal_of_edited(mixture, {"logits", TensorType::f64, {2}, numbers}) ==
        "the model has a tensor \"locs\" of shape 2 x 3, expected 2 x 2");
  const AnyFlow<double> normal = MultivariateNormal<double, 3>{};
  CHECK(refusal_of_edited(normal, {"loc", TensorType::f64, {4}, numbers}) ==
        "the model has a tensor \"lower\" of shape 3, expected 6");
  const std::int64_t none = 0;
  CHECK(refusal_of_edited(StandardNormal<double, 3>{}, {"event_size", TensorType::i64, {}, &none}) ==
        "StandardNormal: events need at least one row, got 0");
  CHECK(refusal_of_architecture(normal, "MultivariateNormal", "Affine")
            .find("the model is of the unknown type \"Affine\"; as a distribution are known: ") == 0);
  const ConditionalDiagonalNormal<double, 2> conditional{{{4}, 3}, rng};
  CHECK(refusal_of_architecture(conditional, "SoftClippedExp", "Exp") == "nothing was thrown");
  CHECK(refusal_of_architecture(conditional, "SoftClippedExp", "SigmoidFloor") ==
        "the model has the unknown scale \"SigmoidFloor\"; known are: SoftClippedExp, Exp");
}

TEST_CASE("a loaded flow keeps the name that it had in the file", "[io]") {
  std::mt19937_64 rng{1};
  const TemporaryFolder folder;
  save(flows::IAF<double, 2>{{.layers = 1, .hidden = {4}}, rng}, folder / "a");
  const AnyFlow<double> flow = load<double>(folder / "a");
  CHECK(flow.get_if<detail::LoadedFlow<double>>() != nullptr);
  CHECK(detail::architecture_of(flow)["type"] == "flows::IAF");
}

#include <bijou/bijou.hpp>
#include <bijou/io/model_part.hpp>

#include "io/known.hpp"
#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("ModelPart gives what a part of a file is made of", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  save(TransformedDistribution{StandardNormal<double, 3>{}, Chain{MAF<double, 3>{{4}, rng}, Permute<3>{2, 0, 1},
                                                                  Affine<double, 3>{{1, 2, 3}, {1, 1, 1}}}},
       folder / "a");
  const SafetensorsFile file(folder / "a");
  const detail::Json architecture = detail::architecture_in(file);
  const KnownTypes<double> known;
  const ModelPart<double> whole(file, known, architecture, "");
  CHECK(whole.type() == "TransformedDistribution");
  CHECK(whole.path().empty());
  CHECK(whole.distribution("base").event_size() == 3);
  CHECK(whole.bijector("bijector").event_size() == 3);
  const ModelPart<double> chain(file, known, architecture["bijector"], "bijector");
  CHECK(chain.bijectors("bijectors").size() == 3);
  const auto types = chain.list("bijectors", [](const ModelPart<double>& part) { return part.type(); });
  CHECK(types == std::vector<std::string>{"Autoregressive", "Permute", "Affine"});
  const ModelPart<double> layer(file, known, architecture["bijector"]["bijectors"][0], "bijector.bijectors.0");
  CHECK(layer.transformer("transformer").parameters_per_coordinate() == 2);
  CHECK(layer.conditioner("conditioner").input_size() == 3);
  CHECK(layer.extent("conditioner.layers.0.weight", 1) == 3);
  CHECK(layer.has_tensor("conditioner.layers.0.bias"));
  CHECK_FALSE(layer.has_tensor("conditioner.layers.2.bias"));
  const ModelPart<double> affine(file, known, architecture["bijector"]["bijectors"][2], "bijector.bijectors.2");
  CHECK(affine.values<float>("shift") == std::vector<float>{1, 2, 3});
  const auto message = [&](auto f) { return message_of_file(folder / "a", f); };
  CHECK(message([&] { affine.values<int>("shift"); }) ==
        "bijector.bijectors.2 has numbers in \"shift\" that do not fit");
  CHECK(message([&] { affine.value<double>("shift"); }) ==
        "bijector.bijectors.2 has 3 numbers in \"shift\", expected 1");
  CHECK(message([&] { affine.require_shape("shift", {3, 1}); }) ==
        "bijector.bijectors.2 has a tensor \"shift\" of shape 3, expected 3 x 1");
  CHECK(message([&] { whole.bijector("base"); }).find("base is of the unknown type \"StandardNormal\"") == 0);
}

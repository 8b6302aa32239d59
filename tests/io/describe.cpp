#include <bijou/bijou.hpp>
#include <bijou/io/describe.hpp>
#include <bijou/io/save.hpp>

#include "support/catch.hpp"
#include "support/message_of_file.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

TEST_CASE("describe: metadata, architecture and tensors", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<float, 2>{}, Chain{MAF<float, 2>{{5}, rng}, Permute<2>{1, 0}}};
  save(flow, folder / "a");
  const std::string expected = (folder / "a").string() + R"(
library: bijou
scalar: float
type: TransformedDistribution{StandardNormal, Chain{Autoregressive{AffineTransformer<BoundedExp>, Made<Relu, FeedForward>}, Permute}}
version: 0.1.0
architecture:
  TransformedDistribution, 2
    base: StandardNormal, 2
    bijector: Chain, 2
      bijectors.0: Autoregressive, 2
        transformer: AffineTransformer, scale BoundedExp
        conditioner: Made, activation Relu, connections FeedForward, 2 -> 5 -> 4
      bijectors.1: Permute, 2
tensors: 10, numbers: 54
tensor                                            type  shape
base.event_size                                   I64   a number
bijector.bijectors.0.conditioner.context_size     I64   a number
bijector.bijectors.0.conditioner.layers.0.weight  F32   5 x 2
bijector.bijectors.0.conditioner.layers.0.bias    F32   5
bijector.bijectors.0.conditioner.layers.1.weight  F32   4 x 5
bijector.bijectors.0.conditioner.layers.1.bias    F32   4
bijector.bijectors.0.conditioner.degrees.0        I32   2
bijector.bijectors.0.conditioner.degrees.1        I32   5
bijector.bijectors.0.conditioner.degrees.2        I32   4
bijector.bijectors.1.indices                      I32   2
)";
  const std::string version =
      std::to_string(version_major) + "." + std::to_string(version_minor) + "." + std::to_string(version_patch);
  std::string text = describe(folder / "a");
  text.replace(text.find(version), version.size(), "0.1.0");
  CHECK(text == expected);
}

TEST_CASE("describe: any safetensors file, but nothing else", "[io]") {
  const TemporaryFolder folder;
  const float numbers[] = {1, 2};
  SafetensorsWriter writer;
  writer.add("weights", TensorType::f32, {1, 2}, numbers);
  writer.write(folder / "a");
  CHECK(describe(folder / "a") ==
        (folder / "a").string() + "\ntensors: 1, numbers: 2\ntensor   type  shape\nweights  F32   1 x 2\n");
  writer.set_metadata("architecture", "{");
  writer.write(folder / "b");
  CHECK(message_of_file(folder / "b", [&] { describe(folder / "b"); }) == "the architecture is not JSON");
  write_bytes(folder / "c", "no file of tensors");
  CHECK(message_of_file(folder / "c", [&] { describe(folder / "c"); }).find("no valid safetensors file") == 0);
}

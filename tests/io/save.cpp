#include <bijou/bijou.hpp>
#include <bijou/io/load.hpp>
#include <bijou/io/save.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/message_of_file.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

TEST_CASE("a file has the names of the list of members, and what the object is", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  const TransformedDistribution flow{StandardNormal<float, 2>{},
                                     Chain{MAF<float, 2>{{5}, rng}, Permute<2>{1, 0}, ActNorm<float, 2>{}}};
  save(flow, folder / "a");
  const SafetensorsFile file(folder / "a");
  std::vector<std::string> names;
  for_each_named_parameter(flow, [&](const std::string& path, const auto&) { names.push_back(path); });
  for_each_named_state(flow, [&](const std::string& path, const auto&) { names.push_back(path); });
  CHECK(file.tensors().size() == names.size());
  for (const std::string& name : names) {
    INFO(name);
    CHECK(file.find(name) != nullptr);
  }
  const Tensor* const weight = file.find("bijector.bijectors.0.conditioner.layers.0.weight");
  REQUIRE(weight != nullptr);
  CHECK(weight->type == TensorType::f32);
  CHECK(weight->shape == std::vector<Index>{5, 2});
  CHECK(file.find("bijector.bijectors.1.indices")->type == TensorType::i32);
  CHECK(file.find("bijector.bijectors.2.is_initialized")->type == TensorType::boolean);
  CHECK(file.find("base.event_size")->type == TensorType::i64);

  CHECK(file.metadata().at("library") == "bijou");
  CHECK(file.metadata().at("version") ==
        std::to_string(version_major) + "." + std::to_string(version_minor) + "." + std::to_string(version_patch));
  CHECK(file.metadata().at("scalar") == "float");
  CHECK(file.metadata().at("type") ==
        "TransformedDistribution{StandardNormal, Chain{Autoregressive{AffineTransformer<BoundedExp>, Made<Relu, "
        "FeedForward>}, Permute, ActNorm}}");
  CHECK(file.metadata().contains("architecture"));
}

TEST_CASE("matrices are written row by row", "[io]") {
  const TemporaryFolder folder;
  Eigen::MatrixXd parameters(2, 3);  // column by column in memory
  parameters << 1, 2, 3, 4, 5, 6;
  save(Elementwise<Eigen::Dynamic, AffineTransformer<double>>{{}, parameters}, folder / "a");
  const SafetensorsFile file(folder / "a");
  double read[6];
  REQUIRE(file.find("parameters")->copy_to(read));
  CHECK(file.find("parameters")->shape == std::vector<Index>{2, 3});
  for (int i = 0; i < 6; ++i) CHECK(read[i] == i + 1);
}

TEST_CASE("notes stand in the file beside what it says itself", "[io]") {
  const TemporaryFolder folder;
  const Affine<double, 2> map{{0.5, 0.25}, {1.0, 0.5}};
  save(map, folder / "a", {{"columns", "x y"}, {"", "\"\n"}, {"\xff", "\xc3\xa9"}});
  const auto metadata = SafetensorsFile(folder / "a").metadata();
  CHECK(metadata.at("columns") == "x y");
  CHECK(metadata.at("") == "\"\n");
  CHECK(metadata.at("\xef\xbf\xbd") == "\xc3\xa9");  // what is no UTF-8 is replaced
  CHECK(metadata.at("type") == "Affine");
  CHECK(metadata.size() == 8);
  Affine<double, 2> read{{0, 0}, {1, 1}};
  load(folder / "a", read);
  CHECK(read.shift() == map.shift());

  for (const char* name : {"library", "version", "content", "scalar", "type", "architecture"}) {
    INFO(name);
    CHECK(message_of([&] { save(map, folder / "b", {{name, "mine"}}); }) ==
          std::string("save: a note is named ") + name + ", which the file uses itself");
  }
  CHECK_FALSE(std::filesystem::exists(folder / "b"));
}

TEST_CASE("an AnyFlow is saved as the flow inside", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  flows::NSF<float, 2> flow{{.layers = 2, .hidden = {5}, .bins = 4}, rng};
  const AnyFlow<float> any = flow;
  save(flow, folder / "a");
  save(any, folder / "b");
  CHECK(bytes_of(folder / "a") == bytes_of(folder / "b"));

  // And read as such: parameters, state, and what is frozen.
  const Frozen frozen{Affine<float, 2>{{1, 2}, {3, 4}}};
  const AnyBijector<float> chain = DynamicChain{std::vector<AnyBijector<float>>{frozen, Permute<2>{1, 0}}};
  save(chain, folder / "c");
  AnyBijector<float> other =
      DynamicChain{std::vector<AnyBijector<float>>{Frozen{Affine<float, 2>{{0, 0}, {1, 1}}}, Permute<2>{0, 1}}};
  load(folder / "c", other);
  const Eigen::Vector2f z(0.5f, -1);
  CHECK(other.forward(z) == chain.forward(z));
}

TEST_CASE("a file that cannot be written says why", "[io]") {
  const TemporaryFolder folder;
  const auto path = folder / "none/a";
  CHECK(message_of_file(path, [&] { save(Reverse<2>{}, path); }) ==
        "cannot be opened for writing: No such file or directory");
}

#include <bijou/io/save.hpp>
#include <bijou/io/torch_file.hpp>
#include <bijou/io/zuko.hpp>
#include <filesystem>
#include <string>

#include "io/known.hpp"
#include "support/agreement.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

TEST_CASE("flows that bijou_export wrote have the numbers of their libraries", "[io]") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(agreement::path_of(""))) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() != ".safetensors" ||
        !std::filesystem::exists(agreement::path_of(path.stem().string() + "_numbers.pt")))
      continue;
    ++count;
    agreement::check<double>(bijou::load<double>(path), path.stem().string());
    agreement::check<float>(bijou::load<float>(path), path.stem().string());
  }
  CHECK(count == 44);
}

TEST_CASE("a flow that was read from a state_dict is saved and loaded as a model file", "[io]") {
  const TemporaryFolder folder;
  const bijou::TorchFile file(agreement::path_of("zuko_nsf_context_trained.pt"));
  bijou::save(bijou::zuko_flow<double>(file), folder / "flow.safetensors");
  agreement::check<double>(bijou::load<double>(folder / "flow.safetensors"), "zuko_nsf_context_trained");
}

#include <filesystem>
#include <string>

#include "io/known.hpp"
#include "support/agreement.hpp"
#include "support/catch.hpp"

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

#include <bijou/io/safetensors.hpp>
#include <filesystem>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class T>
std::vector<T> numbers_of(const SafetensorsFile& file, const char* name) {
  const Tensor* const tensor = file.find(name);
  REQUIRE(tensor != nullptr);
  std::vector<T> numbers(static_cast<std::size_t>(tensor->count()));
  REQUIRE(tensor->copy_to(numbers.data()));
  return numbers;
}

}  // namespace

// data/python.py makes the file.
TEST_CASE("a file that the Python package safetensors wrote", "[io]") {
  const SafetensorsFile file(std::filesystem::path(__FILE__).parent_path() / "data/python.safetensors");
  CHECK(file.tensors().size() == 13);
  CHECK(file.metadata().at("text") == "line\nline");
  const std::vector<double> numbers{1, -2.5, 0, 0.5, 65504, -0x1p-14};
  CHECK(numbers_of<double>(file, "f64") == numbers);
  CHECK(numbers_of<double>(file, "f32") == numbers);
  CHECK(numbers_of<double>(file, "f16") == numbers);
  CHECK(numbers_of<double>(file, "bf16") == std::vector<double>{1, -2.5, 0.5, 65536});
  CHECK(numbers_of<Index>(file, "i64") ==
        std::vector<Index>{-(Index{1} << 40), 1 - (Index{1} << 40), 100 - (Index{1} << 40)});
  for (const char* const name : {"i32", "i16", "i8"}) {
    CHECK(numbers_of<int>(file, name) == std::vector<int>{-50, -49, 50});
  }
  CHECK(numbers_of<int>(file, "u8") == std::vector<int>{0, 1, 100});
  bool flags[2];
  REQUIRE(file.find("bool")->copy_to(flags));
  CHECK(flags[0]);
  CHECK_FALSE(flags[1]);
  CHECK(file.find("f64")->shape == std::vector<Index>{2, 3});
  CHECK(file.find("scalar")->shape.empty());
  CHECK(numbers_of<float>(file, "scalar") == std::vector<float>{3});
  CHECK(file.find("empty")->shape == std::vector<Index>{0, 4});
  CHECK(numbers_of<float>(file, "name with \"quotes\" and \u00e9") == std::vector<float>{7});
}

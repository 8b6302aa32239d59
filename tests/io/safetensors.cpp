#include <bijou/io/safetensors.hpp>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

std::string file_of(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, ' ');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

SafetensorsFile open(const std::string& bytes) {
  return SafetensorsFile(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), "memory");
}

std::string error_of(const std::string& bytes) {
  try {
    open(bytes);
  } catch (const FileError& error) {
    const std::string text = error.what();
    const std::string start = "memory: no valid safetensors file: ";
    CHECK(text.rfind(start, 0) == 0);
    return text.substr((std::min)(start.size(), text.size()));
  }
  return "nothing was thrown";
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape, const std::string& from,
                  const std::string& to) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + from + "," + to +
         "]}";
}

}  // namespace

TEST_CASE("SafetensorsWriter and SafetensorsFile", "[io]") {
  const TemporaryFolder folder;
  const float rows[] = {1, 2, 3, 4, 5, 6};
  const double columns[] = {1, 4, 2, 5, 3, 6};
  const bool yes = true;
  SafetensorsWriter writer;
  writer.add("yes", TensorType::boolean, {}, &yes);
  writer.add("rows", TensorType::f32, {2, 3}, rows);
  writer.add("columns", TensorType::f64, {2, 3}, columns, true);
  writer.add("none", TensorType::i64, {0, 4}, nullptr);
  writer.set_metadata("who", "me");
  writer.set_metadata("who", "you");
  writer.write(folder / "a");

  const SafetensorsFile file(folder / "a");
  CHECK(file.path() == folder / "a");
  CHECK(file.metadata() == std::map<std::string, std::string>{{"who", "you"}});
  REQUIRE(file.tensors().size() == 4);
  double read[6];
  for (const char* const name : {"rows", "columns"}) {
    const Tensor* const tensor = file.find(name);
    REQUIRE(tensor != nullptr);
    CHECK(tensor->shape == std::vector<Index>{2, 3});
    CHECK(reinterpret_cast<std::uintptr_t>(tensor->bytes) % size_of(tensor->type) == 0);
    REQUIRE(tensor->copy_to(read));
    for (int i = 0; i < 6; ++i) CHECK(read[i] == i + 1);
  }
  bool is_set = false;
  REQUIRE(file.find("yes")->copy_to(&is_set));
  CHECK(is_set);
  CHECK(file.find("none")->count() == 0);
  CHECK(file.find("no") == nullptr);

  CHECK(message_of([&] { writer.add("rows", TensorType::f32, {2, 3}, rows); }) ==
        "SafetensorsWriter: expected names that differ, got \"rows\" again");
  CHECK(message_of([&] { writer.add("__metadata__", TensorType::f32, {2, 3}, rows); }).find("__metadata__") !=
        std::string::npos);
}

TEST_CASE("a moved SafetensorsFile keeps its tensors", "[io]") {
  const TemporaryFolder folder;
  const float numbers[] = {1, 2};
  SafetensorsWriter writer;
  writer.add("x", TensorType::f32, {2}, numbers);
  writer.write(folder / "a");
  SafetensorsFile file(folder / "a");
  const SafetensorsFile moved = std::move(file);
  float read[2];
  REQUIRE(moved.find("x")->copy_to(read));
  CHECK(read[1] == 2);
}

TEST_CASE("a file of safetensors that is cut off anywhere is refused", "[io]") {
  const std::string whole = file_of("{\"__metadata__\":{\"a\":\"b\"}," + entry("x", "F32", "2", "0", "8") + "," +
                                        entry("y", "U8", "3", "8", "11") + "}",
                                    std::string(11, '\0'));
  CHECK(open(whole).tensors().size() == 2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK(error_of(whole.substr(0, size)) != "nothing was thrown");
  }
  CHECK(error_of("1234567") == "ends after 7 bytes, within the 8 bytes of the header's length");
  CHECK(error_of(whole.substr(0, 20)).find("ends after 20 bytes, within a header of ") == 0);
  CHECK(error_of(whole.substr(0, whole.size() - 1)) ==
        "tensor \"y\" ends at byte 11 of the data, but there are only 10");
}

TEST_CASE("the length of the header of a file of safetensors is checked", "[io]") {
  std::string bytes = file_of("{}", "");
  CHECK(open(bytes).tensors().empty());
  for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{100'000'000}}) {
    std::memcpy(bytes.data(), &length, 8);
    CHECK(error_of(bytes) == "ends after 10 bytes, within a header of " + std::to_string(length) + " bytes");
  }
  for (const std::uint64_t length : {std::uint64_t{100'000'001}, (std::numeric_limits<std::uint64_t>::max)(),
                                     (std::numeric_limits<std::uint64_t>::max)() - 7}) {
    std::memcpy(bytes.data(), &length, 8);
    CHECK(error_of(bytes) ==
          "has a header of more than 100000000 bytes, or is no safetensors file; one of "
          "torch.save is read by TorchFile");
  }
}

TEST_CASE("tensors of a file of safetensors fill its data", "[io]") {
  const auto error = [](const std::string& entries, std::size_t size) {
    return error_of(file_of("{" + entries + "}", std::string(size, '\0')));
  };
  const std::string x = entry("x", "F32", "2", "0", "8");
  CHECK(error(x, 8) == "nothing was thrown");
  CHECK(error(entry("y", "F32", "1", "8", "12") + "," + x, 12) == "nothing was thrown");
  CHECK(error(x + "," + entry("none", "F32", "0", "8", "8"), 8) == "nothing was thrown");
  CHECK(error(x, 9) == "has 1 bytes behind the last tensor");
  CHECK(error("", 3) == "has 3 bytes behind the last tensor");
  CHECK(error(x, 7) == "tensor \"x\" ends at byte 8 of the data, but there are only 7");
  CHECK(error(x + "," + entry("y", "F32", "1", "4", "8"), 8) == "tensor \"y\" overlaps the one before it");
  CHECK(error(x + "," + entry("y", "F32", "2", "0", "8"), 8) == "tensor \"y\" overlaps the one before it");
  CHECK(error(x + "," + entry("y", "F32", "1", "12", "16"), 16) == "there is a gap of 4 bytes before tensor \"y\"");
  CHECK(error(entry("x", "F32", "2", "4", "12"), 12) == "there is a gap of 4 bytes before tensor \"x\"");
  CHECK(error(entry("x", "F32", "2", "0", "4"), 4) == "tensor \"x\" of 8 bytes has offsets 0 and 4");
  CHECK(error(entry("x", "F32", "2", "8", "0"), 8) == "tensor \"x\" of 8 bytes has offsets 8 and 0");
  CHECK(error(entry("x", "F32", "2", "18446744073709551608", "0"), 8) ==
        "tensor \"x\" of 8 bytes has offsets 18446744073709551608 and 0");
  CHECK(error(entry("x", "F32", "4294967296,4294967296", "0", "0"), 0) ==
        "tensor \"x\" of shape 4294967296 x 4294967296 is larger than any file");
  CHECK(error(entry("x", "U8", "9223372036854775807,2", "0", "0"), 0) ==
        "tensor \"x\" of shape 9223372036854775807 x 2 is larger than any file");
  CHECK(error(entry("x", "F32", "2305843009213693951", "0", "9223372036854775804"), 8) ==
        "tensor \"x\" ends at byte 9223372036854775804 of the data, but there are only 8");
}

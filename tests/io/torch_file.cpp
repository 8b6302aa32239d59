#include <bijou/io/torch_file.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/agreement.hpp"
#include "support/archive.hpp"
#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/temporary_folder.hpp"

namespace {

using bijou::TorchFile;

std::vector<double> numbers_of(const TorchFile& file, const std::string& name) {
  const bijou::Tensor* const tensor = file.find(name);
  REQUIRE(tensor != nullptr);
  std::vector<double> values(static_cast<std::size_t>(tensor->count()));
  CHECK(tensor->copy_to(values.data()));
  return values;
}

template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return {text, N - 1};
}

std::string integer(std::int64_t value) {
  std::string text = "\x8a\x08";
  for (int i = 0; i < 8; ++i) text += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 255u);
  return text;
}
std::string text(const std::string& value) { return bytes("\x8c") + static_cast<char>(value.size()) + value; }
std::string tuple(const std::vector<std::int64_t>& values) {
  std::string all = "(";
  for (const std::int64_t value : values) all += integer(value);
  return all + "t";
}

/// A tensor of a storage of `count` floats in the entry data/0.
std::string tensor(std::int64_t count, std::int64_t offset, const std::vector<std::int64_t>& sizes,
                   const std::vector<std::int64_t>& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
         text("cpu") + integer(count) + "tQ" + integer(offset) + tuple(sizes) + tuple(strides) + "tR";
}

/// {"x": value} in a file whose entry data/0 has six floats.
std::string archive_of(const TemporaryFolder& folder, const std::string& value) {
  const float six[] = {0, 1, 2, 3, 4, 5};
  write_archive(folder / "made.pt", {{"made/data.pkl", bytes("\x80\x04}(") + text("x") + value + "u."},
                                     {"made/data/0", std::string(reinterpret_cast<const char*>(six), sizeof six)}});
  return bytes_of(folder / "made.pt");
}

}  // namespace

TEST_CASE("tensors that torch.save wrote, whatever is beside them", "[io]") {
  const TorchFile file(agreement::path_of("tensors.pt"));
  CHECK(numbers_of(file, "model.weight") == std::vector<double>{1.5, -2});
  CHECK(numbers_of(file, "with_gradients.bias") == std::vector<double>{0.25});
  CHECK(file.find("model.weight")->shape == std::vector<bijou::Index>{1, 2});
  CHECK(file.find("epoch") == nullptr);
  CHECK(file.find("model") == nullptr);
  for (int i = 0; i < 9; ++i) CHECK(numbers_of(file, "types." + std::to_string(i)).at(1) == 1);
  CHECK(file.find("types.0")->type == bijou::TensorType::f64);
  CHECK(file.find("types.2")->type == bijou::TensorType::bf16);
  CHECK(file.find("types.8")->type == bijou::TensorType::boolean);
  CHECK(numbers_of(file, "views.transposed").at(1) == 6);
  CHECK(numbers_of(file, "views.transposed").at(4) == 1);
  CHECK(file.find("views.transposed")->shape_text() == "6 x 4");
  CHECK(numbers_of(file, "views.part") == std::vector<double>{8, 9, 14, 15});
  CHECK(numbers_of(file, "views.every_other").back() == 23);
  CHECK(numbers_of(file, "views.repeated") == std::vector<double>{2.5, 2.5, 2.5});
  CHECK(numbers_of(file, "views.number") == std::vector<double>{4});
  CHECK(file.find("views.number")->shape_text() == "a number");
  CHECK(numbers_of(file, "views.none").empty());
  // One storage, several tensors: no copy.
  CHECK(numbers_of(file, "views.whole").at(23) == 23);
  const TorchFile moved = TorchFile(agreement::path_of("tensors.pt"), bytes_of(agreement::path_of("tensors.pt")));
  CHECK(numbers_of(moved, "views.part") == std::vector<double>{8, 9, 14, 15});
}

TEST_CASE("what torch.save wrote and is no dictionary of tensors is refused by name", "[io]") {
  const auto refusal = [](const char* name) { return file_error_of([&] { TorchFile(agreement::path_of(name)); }); };
  CHECK(refusal("module.pt").find("it needs torch.nn.modules.linear.Linear") != std::string::npos);
  CHECK(refusal("legacy.pt").find("cannot be opened as a zip archive") != std::string::npos);
  CHECK(refusal("complex.pt").find("torch ComplexFloatStorage") != std::string::npos);
}

TEST_CASE("a tensor reaches no further than its storage", "[io]") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& value) { return TorchFile("made.pt", archive_of(folder, value)); };
  CHECK(numbers_of(read(tensor(6, 1, {2, 2}, {2, 1})), "x") == std::vector<double>{1, 2, 3, 4});
  CHECK(numbers_of(read(tensor(6, 0, {2, 3}, {1, 2})), "x") == std::vector<double>{0, 2, 4, 1, 3, 5});
  CHECK(numbers_of(read(tensor(6, 6, {0, 3}, {1, 2})), "x").empty());
  const auto refuses = [&](const std::string& value, const std::string& why) {
    const std::string message = file_error_of([&] { read(value); });
    INFO(message);
    return message.find(why) != std::string::npos;
  };
  const std::int64_t huge = std::int64_t{1} << 62;
  CHECK(refuses(tensor(7, 0, {7}, {1}), "has a storage of 7 numbers, and its entry has 24 bytes"));
  CHECK(refuses(tensor(-1, 0, {1}, {1}), "has a storage of -1 numbers"));
  CHECK(refuses(tensor(6, 6, {1}, {1}), "reaches beyond its storage"));
  CHECK(refuses(tensor(6, 0, {7}, {1}), "reaches beyond its storage"));
  CHECK(refuses(tensor(6, 0, {2}, {6}), "reaches beyond its storage"));
  CHECK(refuses(tensor(6, 5, {2, 2}, {0, 1}), "reaches beyond its storage"));
  CHECK(refuses(tensor(6, 0, {huge, huge}, {huge, huge}), "reaches beyond its storage"));
  CHECK(refuses(tensor(6, huge, {1}, {1}), "reaches beyond its storage"));
  CHECK(refuses(tensor(6, 0, {huge}, {0}), "its copy would be too large"));
  CHECK(refuses(tensor(6, 0, {huge, huge, 4, 4}, {0, 0, 0, 0}), "its copy would be too large"));
  CHECK(refuses(tensor(6, -1, {1}, {1}), "has a shape that is none"));
  CHECK(refuses(tensor(6, 0, {-1}, {1}), "has a shape that is none"));
  CHECK(refuses(tensor(6, 0, {1}, {-1}), "has a shape that is none"));
  CHECK(refuses(tensor(6, 0, {1, 1}, {1}), "has a shape that is none"));
}

TEST_CASE("dictionaries that hold themselves, or too much, are refused", "[io]") {
  const TemporaryFolder folder;
  const auto refuses = [&](const std::string& value, const std::string& why) {
    const std::string message = file_error_of([&] { TorchFile("made.pt", archive_of(folder, value)); });
    INFO(message);
    return message.find(why) != std::string::npos;
  };
  CHECK(refuses("}q" + std::string(1, '\0') + text("y") + "h" + std::string(1, '\0') + "s", "shared too often"));
  CHECK(refuses(std::string(70, ']') + std::string(69, 'a'), "more than 64 deep"));
  // Each tuple holds the one before twice: 2^40 tensors.
  std::string shared = tensor(6, 0, {1}, {1});
  for (char i = 0; i < 40; ++i) shared += std::string("q") + i + "h" + i + "\x86";
  CHECK(refuses(shared, "shared too often"));
  CHECK(
      refuses("}(" + text("y") + tensor(6, 0, {1}, {1}) + text("y") + tensor(6, 0, {1}, {1}) + "u", "is there twice"));
  CHECK(refuses("}" + text("y") + tensor(6, 0, {1}, {1}).substr(0, 10), "byte"));
}

TEST_CASE("a file that is cut or changed at any byte is refused, or read without harm", "[io]") {
  const std::string whole = bytes_of(agreement::path_of("tensors.pt"));
  for (std::size_t length = 0; length < whole.size(); length += 7)
    CHECK(file_error_of([&] { TorchFile("cut.pt", whole.substr(0, length)); }) != "nothing was thrown");
  std::mt19937 rng{0};
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    std::string changed = whole;
    for (int k = 0; k < 3; ++k) changed[rng() % changed.size()] = static_cast<char>(rng() % 256);
    refused += file_error_of([&] { TorchFile("changed.pt", changed); }) != "nothing was thrown" ? 1 : 0;
  }
  CHECK(refused > 100);
}

TEST_CASE("archives of other kinds are refused", "[io]") {
  const TemporaryFolder folder;
  write_archive(folder / "other.zip", {{"x.npy", "numbers"}});
  CHECK(file_error_of([&] { TorchFile(folder / "other.zip"); }).find("it has no data.pkl") != std::string::npos);
  write_archive(folder / "big.pt", {{"a/byteorder", "big"}, {"a/data.pkl", "."}});
  CHECK(file_error_of([&] { TorchFile(folder / "big.pt"); }).find("little-endian") != std::string::npos);
}

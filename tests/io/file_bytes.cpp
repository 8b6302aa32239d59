#include <bijou/io/file_bytes.hpp>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

std::string text_of(const FileBytes& bytes) {
  return bytes.size() == 0 ? std::string() : std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string message_of_reading(const std::filesystem::path& path) {
  return file_error_of([&] { const FileBytes bytes(path); });
}

}  // namespace

TEST_CASE("FileBytes: the bytes of a file, also of an empty one and of a device", "[io]") {
  const TemporaryFolder folder;
  const std::string text(100'000, 'x');
  write_bytes(folder / "a", text);
  write_bytes(folder / "empty", "");
  FileBytes bytes(folder / "a");
  CHECK(text_of(bytes) == text);
  FileBytes moved = std::move(bytes);
  CHECK(text_of(moved) == text);
  moved = FileBytes(folder / "empty");
  CHECK(text_of(moved).empty());
  CHECK(FileBytes("/dev/null").size() == 0);
}

TEST_CASE("FileBytes: what cannot be read", "[io]") {
  const TemporaryFolder folder;
  CHECK(message_of_reading(folder / "none") ==
        (folder / "none").string() + ": cannot be read: No such file or directory");
  CHECK(message_of_reading(folder.path()) == folder.path().string() + ": cannot be read: is a folder");
}

#include <bijou/io/atomic_file.hpp>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

std::string message_of_writing(const std::filesystem::path& path) {
  return file_error_of([&] {
    AtomicFile file(path);
    const std::string much(1 << 20, 'x');
    file.write(much.data(), much.size());
    file.commit();
  });
}

}  // namespace

TEST_CASE("a file is there whole or not at all", "[io]") {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "before");
  {
    AtomicFile file(folder / "a");
    file.write("after", 5);
    CHECK(bytes_of(folder / "a") == "before");
  }
  CHECK(bytes_of(folder / "a") == "before");
  CHECK_FALSE(std::filesystem::exists(folder / "a.part"));
  AtomicFile file(folder / "a");
  file.write("after", 5);
  file.write("", 0);
  file.commit();
  CHECK(bytes_of(folder / "a") == "after");
  CHECK_FALSE(std::filesystem::exists(folder / "a.part"));
}

TEST_CASE("what cannot be written says why", "[io]") {
  const TemporaryFolder folder;
  CHECK(message_of_writing(folder / "none/a") ==
        (folder / "none/a").string() + ": cannot be opened for writing: No such file or directory");
  std::filesystem::create_directories(folder / "b/c");
  CHECK(message_of_writing(folder / "b") == (folder / "b").string() + ": cannot be written: is a folder");
  CHECK_FALSE(std::filesystem::exists(folder / "b.part"));
}

TEST_CASE("of a symbolic link the file that it names is replaced", "[io]") {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "before");
  std::filesystem::create_symlink("a", folder / "link");
  AtomicFile file(folder / "link");
  file.write("after", 5);
  file.commit();
  CHECK(bytes_of(folder / "a") == "after");
  CHECK(std::filesystem::is_symlink(folder / "link"));
}

TEST_CASE("a device is written as it is", "[io]") {
  if (!std::filesystem::is_character_file("/dev/null") || !std::filesystem::is_character_file("/dev/full")) return;
  {
    AtomicFile file("/dev/null");
    file.write("much", 4);
    file.commit();
  }
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(message_of_writing("/dev/full") == "/dev/full: cannot be written: No space left on device");
  CHECK(std::filesystem::is_character_file("/dev/full"));
  CHECK_FALSE(std::filesystem::exists("/dev/null.part"));
}

#include <bijou/io/zip_archive.hpp>

#include "support/archive.hpp"
#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/temporary_folder.hpp"

namespace {

std::string text_of(const bijou::detail::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data.get()), bytes.size};
}

}  // namespace

TEST_CASE("entries of a zip archive are read from a file and from memory", "[io]") {
  const TemporaryFolder folder;
  write_archive(folder / "a.zip", {{"one", "first"}, {"folder/two", std::string("\0\1\2", 3)}, {"empty", ""}});
  const std::string bytes = bytes_of(folder / "a.zip");
  const bijou::detail::ZipArchive from_file(folder / "a.zip");
  const bijou::detail::ZipArchive from_memory("memory.zip", bytes);
  for (const auto* archive : {&from_file, &from_memory}) {
    REQUIRE(archive->members().size() == 3);
    CHECK(archive->members()[1].name == "folder/two");
    CHECK(archive->members()[1].size == 3);
    CHECK(archive->find("one")->is_stored);
    CHECK(archive->find("three") == nullptr);
    CHECK(archive->length() == bytes.size());
    CHECK(text_of(archive->stored("one")) == "first");
    CHECK(text_of(archive->stored("folder/two")) == std::string("\0\1\2", 3));
    CHECK(text_of(archive->stored("empty")).empty());
  }
}

TEST_CASE("what is no zip archive, or not stored, is refused", "[io]") {
  const TemporaryFolder folder;
  CHECK(file_error_of([&] { bijou::detail::ZipArchive(folder / "none.zip"); }).find("No such file") !=
        std::string::npos);
  write_bytes(folder / "text.zip", "this is no archive");
  CHECK(file_error_of([&] {
          bijou::detail::ZipArchive(folder / "text.zip");
        }).find("cannot be opened as a zip archive") != std::string::npos);
  CHECK(file_error_of([&] {
          bijou::detail::ZipArchive("memory", "no archive");
        }).starts_with("memory: cannot be opened"));
  write_archive(folder / "packed.zip", {{"zeros", std::string(1000, '0')}}, ZIP_CM_DEFLATE);
  const bijou::detail::ZipArchive packed(folder / "packed.zip");
  CHECK(file_error_of([&] { packed.stored("zeros"); }).find("member zeros: is compressed") != std::string::npos);
  CHECK(file_error_of([&] { packed.stored("ones"); }).find("member ones: is missing") != std::string::npos);
}

TEST_CASE("a byte of an entry that has changed is noticed", "[io]") {
  const TemporaryFolder folder;
  write_archive(folder / "a.zip", {{"one", "some bytes to be read"}});
  std::string bytes = bytes_of(folder / "a.zip");
  bytes[bytes.find("bytes")] = 'B';
  const bijou::detail::ZipArchive changed("changed.zip", bytes);
  CHECK(file_error_of([&] { changed.stored("one"); }).find("CRC") != std::string::npos);
}

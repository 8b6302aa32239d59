#pragma once

#include <zip.h>

#include <bijou/io/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

/// Zip archives, read with libzip.
namespace bijou::detail {

/// Bytes that an object keeps: their place stays when it moves.
struct Bytes {
  std::unique_ptr<unsigned char[]> data = nullptr;
  std::size_t size = 0;
};

/// A zip archive, of a file or of bytes in memory, which must outlive it. Throws FileError for what is none.
class ZipArchive {
 public:
  explicit ZipArchive(std::filesystem::path path) : path_(std::move(path)) {
    int code = 0;
    zip_.reset(zip_open(path_.c_str(), ZIP_RDONLY, &code));
    if (!zip_) {
      zip_error_t error;
      zip_error_init_with_code(&error, code);
      fail_to_open(error);
    }
    std::error_code unknown;
    length_ = std::filesystem::file_size(path_, unknown);
    if (unknown) throw_file_error(path_, "cannot be read: ", unknown.message());
  }
  /// path: for messages.
  ZipArchive(std::filesystem::path path, std::string_view bytes) : path_(std::move(path)), length_(bytes.size()) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source == nullptr) fail_to_open(error);
    zip_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (zip_) return;
    zip_source_free(source);
    fail_to_open(error);
  }

  const std::filesystem::path& path() const { return path_; }
  /// Of the whole archive, in bytes.
  std::uintmax_t length() const { return length_; }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    const zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* const name = zip_get_name(zip_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
      names.emplace_back(name == nullptr ? "" : name);
    }
    return names;
  }

  /// The bytes of an entry that is stored, not compressed; libzip checks their CRC.
  Bytes stored(const std::string& name) const {
    const zip_int64_t index = zip_name_locate(zip_.get(), name.c_str(), ZIP_FL_ENC_RAW);
    if (index < 0) fail(name, "is missing");
    const auto place = static_cast<zip_uint64_t>(index);
    zip_stat_t about;
    constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(zip_.get(), place, 0, &about) != 0 || (about.valid & needed) != needed)
      fail(name, "has no size");
    if (about.comp_method != ZIP_CM_STORE) fail(name, "is compressed, and here only stored ones are read");
    if (about.size > length_) fail(name, "is longer than the file");
    const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(zip_.get(), place, 0));
    if (!file) fail(name, zip_strerror(zip_.get()));
    Bytes bytes{std::unique_ptr<unsigned char[]>(new unsigned char[about.size]), about.size};
    const zip_int64_t count = zip_fread(file.get(), bytes.data.get(), about.size);
    // The CRC is compared at the end of the entry, which only reading on finds.
    unsigned char none;
    const bool ends = count == static_cast<zip_int64_t>(about.size) && zip_fread(file.get(), &none, 1) == 0;
    if (!ends) fail(name, std::string("cannot be read: ") + zip_file_strerror(file.get()));
    return bytes;
  }

 private:
  struct CloseArchive {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };
  struct CloseFile {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };

  [[noreturn]] void fail_to_open(zip_error_t& error) const {
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw_file_error(path_, "cannot be opened as a zip archive: ", reason);
  }
  [[noreturn]] void fail(const std::string& name, const std::string& reason) const {
    throw_file_error(path_, "the entry \"", name, "\" ", reason);
  }

  std::filesystem::path path_;
  std::uintmax_t length_ = 0;
  std::unique_ptr<zip_t, CloseArchive> zip_ = nullptr;
};

}  // namespace bijou::detail

#pragma once

#include <bijou/io/byte_source.hpp>
#include <bijou/io/file_bytes.hpp>
#include <bijou/io/file_error.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <zip.h>

/// Zip archives, read with libzip.
namespace bijou::detail {

struct ZipDelete {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
template <class Zip>
using ZipPointer = std::unique_ptr<Zip, ZipDelete>;

/// What an error of libzip says, and releases it.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  ~ZipError() { zip_error_fini(&error_); }
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }
  bool is_no_archive() const { return zip_error_code_zip(&error_) == ZIP_ER_NOZIP; }

 private:
  zip_error_t error_{};
};

/// Bytes that an object keeps: their place stays when it moves.
struct Bytes {
  std::unique_ptr<unsigned char[]> data = nullptr;
  std::size_t size = 0;
};

/// A zip archive, of a file or of bytes in memory, which must outlive it. Its members are stored or deflated, and all
/// of them can lie in it: reading one takes no more memory than some 1000 times the size of the archive. Throws
/// FileError for what is none.
class ZipArchive {
 public:
  struct Member {
    std::string name;
    zip_uint64_t index;
    std::uint64_t size;
    bool is_stored;
  };

  explicit ZipArchive(std::filesystem::path path) : path_(std::move(path)), bytes_(std::in_place, path_) {
    open(detail::text_of(*bytes_));
  }
  /// path: for messages.
  ZipArchive(std::filesystem::path path, std::string_view bytes) : path_(std::move(path)) { open(bytes); }

  const std::filesystem::path& path() const { return path_; }
  /// Of the whole archive, in bytes.
  std::uint64_t length() const { return length_; }
  /// In the order of the archive.
  const std::vector<Member>& members() const { return members_; }
  /// Nullptr if there is none of this name.
  const Member* find(std::string_view name) const {
    const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
    return found == members_.end() ? nullptr : &*found;
  }

  /// use(source) for the bytes of a member; what it returns. place: what messages call them. All bytes must be read,
  /// as libzip compares the checksum where they end.
  template <class Use>
  auto read(const Member& member, const std::string& place, Use use) const {
    const ZipPointer<zip_file_t> file(zip_fopen_index(zip_.get(), member.index, 0));
    if (file == nullptr) throw_file_error_at(path_, place, zip_strerror(zip_.get()));
    const auto take = [&](void* out, std::size_t count) { return take_bytes(*file, out, count, place); };
    ByteSource source(path_, place, member.size, take);
    auto result = use(source);
    char more;
    if (take_bytes(*file, &more, 1, place) != 0) source.refuse("is longer than the archive says");
    return result;
  }

  /// The bytes of a member that is stored, not compressed.
  Bytes stored(const std::string& name) const {
    const std::string place = "member " + name;
    const Member* const member = find(name);
    if (member == nullptr) throw_file_error_at(path_, place, "is missing");
    if (!member->is_stored) throw_file_error_at(path_, place, "is compressed, and here only stored ones are read");
    return read(*member, place, [&](ByteSource& source) {
      const auto size = static_cast<std::size_t>(member->size);
      Bytes bytes{std::unique_ptr<unsigned char[]>(new unsigned char[size]), size};
      source.read(bytes.data.get(), size, "it");
      return bytes;
    });
  }

 private:
  void open(std::string_view bytes) {
    if (bytes.empty()) throw_file_error(path_, "the file is empty");  // an empty archive to libzip
    length_ = bytes.size();
    ZipError error;
    ZipPointer<zip_source_t> source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()));
    if (source != nullptr) zip_.reset(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, error.get()));
    if (zip_ == nullptr) {
      throw_file_error(path_, "cannot be opened as a zip archive: ", error.text(),
                       error.is_no_archive() ? "; it is cut short, or no file of torch.save or of numpy.savez" : "");
    }
    static_cast<void>(source.release());  // the archive has it
    std::uint64_t free = length_;
    const zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) members_.push_back(member_at(static_cast<zip_uint64_t>(i), free));
  }

  /// free: bytes of the archive that no member before has.
  Member member_at(zip_uint64_t index, std::uint64_t& free) const {
    zip_stat_t stat;
    constexpr zip_uint64_t needed =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(zip_.get(), index, 0, &stat) != 0 || (stat.valid & needed) != needed)
      throw_file_error(path_, "member ", index, " of the archive is damaged");
    const std::string place = std::string("member ") + stat.name;
    if (stat.encryption_method != ZIP_EM_NONE) throw_file_error_at(path_, place, "is encrypted");
    if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
      throw_file_error_at(path_, place, "is compressed by method ", stat.comp_method,
                          ", expected 0 (stored) or 8 (deflated)");
    }
    // Members that share bytes would make much of little.
    if (stat.comp_size > free) throw_file_error_at(path_, place, "does not fit into the archive");
    free -= stat.comp_size;
    const bool is_stored = stat.comp_method == ZIP_CM_STORE;
    constexpr std::uint64_t most = 1032;  // that deflate makes of one byte
    if (is_stored ? stat.size != stat.comp_size : stat.size / most > stat.comp_size) {
      throw_file_error_at(path_, place, "cannot have ", stat.size, " bytes, as the archive says, from ",
                          stat.comp_size);
    }
    return {stat.name, index, stat.size, is_stored};
  }

  std::size_t take_bytes(zip_file_t& file, void* out, std::size_t count, const std::string& place) const {
    std::size_t done = 0;
    while (done < count) {
      const zip_int64_t read = zip_fread(&file, static_cast<char*>(out) + done, count - done);
      if (read < 0) throw_file_error_at(path_, place, zip_file_strerror(&file));
      if (read == 0) break;
      done += static_cast<std::size_t>(read);
    }
    return done;
  }

  std::filesystem::path path_;
  std::optional<FileBytes> bytes_;
  std::uint64_t length_ = 0;
  ZipPointer<zip_t> zip_;
  std::vector<Member> members_;
};

}  // namespace bijou::detail

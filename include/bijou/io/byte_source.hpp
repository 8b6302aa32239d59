#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/io/file_bytes.hpp>
#include <bijou/io/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace bijou::detail {

/// Bytes of a known number that are read from front to back, wherever they are: in memory, in a member of an archive.
/// Messages give the file, the place in it if there is one ("array x"), and the byte. Refers to `take`.
class ByteSource {
 public:
  /// take(out, n) writes the next n bytes and says how many there were; asked for no more than `size` bytes in all.
  using Take = FunctionRef<std::size_t(void*, std::size_t)>;

  ByteSource(std::filesystem::path path, std::string place, std::uint64_t size, Take take)
      : path_(std::move(path)), place_(std::move(place)), size_(size), take_(take) {}

  std::uint64_t offset() const { return offset_; }
  std::uint64_t remaining() const { return size_ - offset_; }

  /// what: names the bytes in the message, "the header".
  void read(void* out, std::size_t size, const char* what) {
    if (size > remaining()) refuse_at(size_, "the bytes end inside ", what);
    if (size > 0 && take_(out, size) != size) refuse("it cannot be read to its end, has it changed?");
    offset_ += size;
  }

  template <class... Pieces>
  [[noreturn]] void refuse(Pieces... what) const {
    throw_file_error_at(path_, place_, what...);
  }
  template <class... Pieces>
  [[noreturn]] void refuse_at(std::uint64_t offset, Pieces... what) const {
    throw_file_error_at(path_, joined({place_, place_.empty() ? "byte " : ", byte ", offset}), what...);
  }

 private:
  std::filesystem::path path_;
  std::string place_;
  std::uint64_t size_;
  std::uint64_t offset_ = 0;
  Take take_;
};

/// The bytes as text.
inline std::string_view text_of(const FileBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// use(source) for bytes in memory; path: for messages.
template <class Use>
auto with_source(std::string_view bytes, const std::filesystem::path& path, Use use) {
  const char* next = bytes.data();
  const auto take = [&](void* out, std::size_t size) {
    std::memcpy(out, next, size);
    next += size;
    return size;
  };
  ByteSource source(path, "", bytes.size(), take);
  return use(source);
}

}  // namespace bijou::detail

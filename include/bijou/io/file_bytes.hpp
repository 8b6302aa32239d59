#pragma once

#include <bijou/io/file_error.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace bijou {

/// The bytes of a whole file, to be read only. They are mapped, where the system can, so that only what is read enters
/// memory and nothing is copied; the file must not be changed in place meanwhile (files of AtomicFile never are).
/// Throws FileError if the file cannot be read.
///
/// @code{.cpp}
/// #include <bijou/io/file_bytes.hpp>
///
/// std::size_t size_of_file(const char* path) { return bijou::FileBytes(path).size(); }
/// int main() {}
/// @endcode
class FileBytes {
 public:
  explicit FileBytes(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) detail::throw_file_error(path, "cannot be read: is a folder");
    if (!map(path)) read(path);
  }
  FileBytes(FileBytes&& other) noexcept
      : mapped_(std::exchange(other.mapped_, nullptr)),
        mapped_size_(std::exchange(other.mapped_size_, 0)),
        copy_(std::move(other.copy_)) {}
  FileBytes& operator=(FileBytes&& other) noexcept {
    std::swap(mapped_, other.mapped_);
    std::swap(mapped_size_, other.mapped_size_);
    std::swap(copy_, other.copy_);
    return *this;
  }
  ~FileBytes() { unmap(); }

  /// The first byte.
  const unsigned char* data() const { return mapped_ ? static_cast<const unsigned char*>(mapped_) : copy_.data(); }
  /// Number of bytes.
  std::size_t size() const { return mapped_ ? mapped_size_ : copy_.size(); }

 private:
#if __has_include(<sys/mman.h>)
  /// False for what has no size of its own, such as a pipe, and for an empty file, which cannot be mapped.
  bool map(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) fail(path, errno);
    struct stat status;
    if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
      const auto size = static_cast<std::size_t>(status.st_size);
      void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
      if (mapped != MAP_FAILED) {
        ::madvise(mapped, size, MADV_SEQUENTIAL);
        mapped_ = mapped;
        mapped_size_ = size;
      }
    }
    ::close(file);
    return mapped_ != nullptr;
  }
  void unmap() {
    if (mapped_) ::munmap(mapped_, mapped_size_);
  }
#else
  bool map(const std::filesystem::path&) { return false; }
  void unmap() {}
#endif

  void read(const std::filesystem::path& path) {
    errno = 0;
    std::FILE* const file = std::fopen(path.string().c_str(), "rb");
    if (file == nullptr) fail(path, errno);
    unsigned char block[1 << 14];
    while (const std::size_t count = std::fread(block, 1, sizeof block, file)) {
      copy_.insert(copy_.end(), block, block + count);
    }
    const int reason = std::ferror(file) != 0 ? (errno == 0 ? EIO : errno) : 0;
    std::fclose(file);
    if (reason != 0) fail(path, reason);
  }

  [[noreturn]] static void fail(const std::filesystem::path& path, int reason) {
    detail::throw_file_error(path, "cannot be read: ", std::generic_category().message(reason == 0 ? EIO : reason));
  }

  void* mapped_ = nullptr;
  std::size_t mapped_size_ = 0;
  std::vector<unsigned char> copy_;
};

}  // namespace bijou

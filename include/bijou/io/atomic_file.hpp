#pragma once

#include <bijou/io/file_error.hpp>
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#if defined(_WIN32)
#include <io.h>
#elif __has_include(<unistd.h>)
#include <fcntl.h>
#include <unistd.h>
#endif

namespace bijou {

/// A file that is there whole or not at all: what is written goes to a temporary file beside it, `path` + ".part",
/// which `commit` brings to the disk and renames. A file that was there before stays until then, whatever ends the
/// program. Throws FileError if something cannot be written; without `commit` nothing is left. What cannot be replaced,
/// a device or a pipe, is written as it is; of a symbolic link the file that it names is replaced.
///
/// @code{.cpp}
/// #include <bijou/io/atomic_file.hpp>
///
/// bijou::AtomicFile file("numbers.bin");
/// const double numbers[] = {1.0, 2.0};
/// file.write(numbers, sizeof numbers);
/// file.commit();
/// @endcode
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    if (std::filesystem::is_symlink(path_, error)) path_ = std::filesystem::weakly_canonical(path_);
    const std::filesystem::file_status status = std::filesystem::status(path_, error);
    if (std::filesystem::is_directory(status)) detail::throw_file_error(path_, "cannot be written: is a folder");
    is_replaced_ = !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
    part_ = path_;
    if (is_replaced_) part_ += ".part";
    errno = 0;
    file_ = std::fopen(part_.string().c_str(), "wb");
    if (file_ == nullptr) fail("opened for writing");
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() { discard(); }

  /// Adds bytes at the end. Throws FileError if the disk refuses them.
  void write(const void* data, std::size_t size) {
    errno = 0;
    // Linux takes one large write several times as long as the same in blocks.
    constexpr std::size_t block = 1 << 20;
    const auto* const bytes = static_cast<const unsigned char*>(data);
    for (std::size_t done = 0; done < size; done += block) {
      const std::size_t count = (std::min)(block, size - done);
      if (std::fwrite(bytes + done, 1, count, file_) != count) fail("written");
    }
  }

  /// keep_as: where the file goes that was there before; empty: nowhere.
  void commit(const std::filesystem::path& keep_as = {}) {
    errno = 0;
    if (std::fflush(file_) != 0 || !reaches_disk(file_)) fail("written");
    const bool is_closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!is_closed) fail("written");
    if (!is_replaced_) return;
    std::error_code error;
    if (!keep_as.empty() && std::filesystem::exists(path_, error)) std::filesystem::rename(path_, keep_as, error);
    if (!error) std::filesystem::rename(part_, path_, error);
    if (error) {
      std::error_code ignored;
      std::filesystem::remove(part_, ignored);
      detail::throw_file_error(path_, "cannot be written: ", error.message());
    }
    sync_folder();
  }

 private:
  [[noreturn]] void fail(const char* what) {
    const std::string reason = std::generic_category().message(errno == 0 ? EIO : errno);
    discard();
    detail::throw_file_error(path_, "cannot be ", what, ": ", reason);
  }

  void discard() {
    if (file_ == nullptr) return;
    std::fclose(std::exchange(file_, nullptr));
    std::error_code ignored;
    if (is_replaced_) std::filesystem::remove(part_, ignored);
  }

#if defined(_WIN32)
  static bool reaches_disk(std::FILE* file) { return ::_commit(::_fileno(file)) == 0 || errno == EINVAL; }
  void sync_folder() const {}
#elif __has_include(<unistd.h>)
  // EINVAL: a device that has no disk behind it.
  static bool reaches_disk(std::FILE* file) { return ::fsync(::fileno(file)) == 0 || errno == EINVAL; }
  /// The name of a file is in its folder, which has to reach the disk, too.
  void sync_folder() const {
    const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const int descriptor = ::open(folder.c_str(), O_RDONLY);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
  }
#else
  static bool reaches_disk(std::FILE*) { return true; }
  void sync_folder() const {}
#endif

  std::filesystem::path path_;
  std::filesystem::path part_;
  bool is_replaced_ = true;
  std::FILE* file_ = nullptr;
};

}  // namespace bijou

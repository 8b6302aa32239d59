#pragma once

#include <bijou/core/errors.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace bijou {

/// A file that cannot be read or written, or does not hold what it should: "weights.safetensors: the reason", with a
/// place in it "events.csv, line 3: the reason".
///
/// @code{.cpp}
/// #include <bijou/io/atomic_file.hpp>
///
/// try {
///   bijou::AtomicFile file("/no/such/folder/weights.safetensors");
/// } catch (const bijou::FileError& error) {
///   std::fprintf(stderr, "%s\n", error.what());
/// }
/// @endcode
class FileError : public std::runtime_error {
 public:
  /// With the whole message.
  explicit FileError(const std::string& message) : std::runtime_error(message) {}
  FileError(const std::filesystem::path& path, const std::string& reason)
      : std::runtime_error(path.string() + ": " + reason) {}
  /// An empty place is none.
  FileError(const std::filesystem::path& path, const std::string& place, const std::string& reason)
      : std::runtime_error(path.string() + (place.empty() ? "" : ", ") + place + ": " + reason) {}
};

namespace detail {

template <class... Pieces>
[[noreturn]] void throw_file_error(const std::filesystem::path& path, Pieces... what) {
  raise(FileError(path, joined({what...})));
}

template <class... Pieces>
[[noreturn]] void throw_file_error_at(const std::filesystem::path& path, const std::string& place, Pieces... what) {
  raise(FileError(path, place, joined({what...})));
}

/// make(), of numbers in a file: what a constructor says of sizes that do not fit each other is said of the file.
template <class F>
auto or_file_error(const std::filesystem::path& path, F make) {
#ifdef __cpp_exceptions
  try {
    return make();
  } catch (const std::invalid_argument& error) {
    throw FileError(path, error.what());
  }
#else
  return make();
#endif
}

}  // namespace detail
}  // namespace bijou

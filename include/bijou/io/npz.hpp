#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/io/array_view.hpp>
#include <bijou/io/atomic_file.hpp>
#include <bijou/io/byte_source.hpp>
#include <bijou/io/npy.hpp>
#include <bijou/io/zip_archive.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

/// An archive of arrays that is open for reading, as numpy.savez and numpy.savez_compressed write it: members that are
/// stored or deflated. The whole archive is checked where it is opened, each array is read when it is asked for.
/// An archive whose members cannot all lie in it, or a member that is longer than its bytes can be, is refused, so no
/// more memory is taken than some 1000 times the size of the file. Throws FileError with the file, the array, the place
/// in it and the reason. Needs libzip (Debian: libzip-dev; link with -lzip).
///
/// @code{.cpp}
/// #include <bijou/io/npz.hpp>
///
/// int main() {
///   const Eigen::MatrixXf events = Eigen::MatrixXf::Random(3, 1000);
///   const Eigen::VectorXd weights = Eigen::VectorXd::Ones(1000);
///   bijou::write_npz("events.npz", {{"events", events}, {"weights", weights}});
///   bijou::NpzFile file("events.npz");
///   const auto same = file.read<float>("events");  // 3 x 1000
///   for (const std::string& name : file.names()) std::printf("%s\n", name.c_str());
/// }
/// @endcode
class NpzFile {
 public:
  explicit NpzFile(const std::filesystem::path& path) : NpzFile(detail::ZipArchive(path)) {}
  /// The bytes of an archive in memory, which must outlive this object; path: for messages.
  static NpzFile of_bytes(std::string_view bytes, std::filesystem::path path = "bytes") {
    return NpzFile(detail::ZipArchive(std::move(path), bytes));
  }

  /// In the order of the archive, without the .npy of its members.
  const std::vector<std::string>& names() const { return names_; }
  /// Whether the archive has an array of this name.
  bool has(std::string_view name) const { return std::find(names_.begin(), names_.end(), name) != names_.end(); }

  /// As read_npy (npy.hpp).
  template <class T>
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> read(std::string_view name) const {
    const std::string array(name);
    const detail::ZipArchive::Member* const member = archive_.find(array + suffix);
    if (member == nullptr)
      detail::throw_file_error(archive_.path(), "there is no array ", array, ", only ", known_names());
    return archive_.read(*member, "array " + array,
                         [](detail::ByteSource& source) { return detail::NpyArrayReader<T>(source).read(); });
  }

 private:
  static constexpr const char* suffix = ".npy";

  explicit NpzFile(detail::ZipArchive archive) : archive_(std::move(archive)) {
    for (const detail::ZipArchive::Member& member : archive_.members()) {
      if (member.name.ends_with(suffix)) names_.push_back(member.name.substr(0, member.name.size() - 4));
    }
  }

  std::string known_names() const {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t i = 0; i < (std::min)(most, names_.size()); ++i) text += (i == 0 ? "" : ", ") + names_[i];
    return names_.empty() ? "others than arrays" : names_.size() > most ? text + ", ..." : text;
  }

  detail::ZipArchive archive_;
  std::vector<std::string> names_;
};

/// The array of this name.
template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> read_npz(const std::filesystem::path& path, std::string_view name) {
  return NpzFile(path).read<T>(name);
}

/// An array and its name in Python, where it is `numpy.load(path)["name"]`.
struct NamedArray {
  std::string name;
  /// The numbers, which it does not own.
  ArrayView array;
};

/// How an archive is written.
struct NpzOptions {
  bool deflate = false;  // as numpy.savez_compressed
};

/// Writes an archive of arrays as write_npy writes one (npy.hpp). The same arrays give the same bytes. The archive is
/// put together in memory. Throws std::invalid_argument for no arrays, which libzip has no archive for, and for a name
/// that is empty or there twice, FileError if the file cannot be written; what was there before stays then.
inline void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays,
                      const NpzOptions& options = {}) {
  if (arrays.empty()) detail::throw_invalid_argument("write_npz", "expected at least one array");
  std::vector<std::string> members, starts;
  for (const auto& [name, array] : arrays) {
    if (name.empty()) detail::throw_invalid_argument("write_npz", "an array has no name");
    members.push_back(name + ".npy");
    if (std::find(members.begin(), members.end() - 1, members.back()) != members.end() - 1)
      detail::throw_invalid_argument("write_npz", "two arrays are named ", name);
    starts.push_back(detail::npy_start(array.type(), array.shape()));
  }

  detail::ZipError error;
  const detail::ZipPointer<zip_source_t> bytes(zip_source_buffer_create(nullptr, 0, 0, error.get()));
  if (bytes == nullptr) detail::throw_file_error(path, "cannot be written: ", error.text());
  detail::ZipPointer<zip_t> archive(zip_open_from_source(bytes.get(), ZIP_TRUNCATE, error.get()));
  if (archive == nullptr) detail::throw_file_error(path, "cannot be written: ", error.text());
  zip_source_keep(bytes.get());  // the archive and this function have it
  const auto require_done = [&](zip_int64_t result) {
    if (result < 0) detail::throw_file_error(path, "cannot be written: ", zip_strerror(archive.get()));
    return static_cast<zip_uint64_t>(result);
  };
  std::vector<std::vector<unsigned char>> reversed(arrays.size());  // numbers in the order of files
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const ArrayView& array = arrays[i].array;
    const auto* numbers = static_cast<const unsigned char*>(array.data());
    if constexpr (!detail::is_little_endian) {
      reversed[i].assign(numbers, numbers + array.byte_count());
      detail::reverse_bytes(reversed[i].data(), array.byte_count() / size_of(array.type()), size_of(array.type()));
      numbers = reversed[i].data();
    }
    zip_buffer_fragment_t pieces[2];
    pieces[0] = {reinterpret_cast<zip_uint8_t*>(starts[i].data()), starts[i].size()};
    pieces[1] = {const_cast<zip_uint8_t*>(numbers), array.byte_count()};
    detail::ZipPointer<zip_source_t> source(
        zip_source_buffer_fragment(archive.get(), pieces, array.byte_count() > 0 ? 2 : 1, 0));
    const zip_uint64_t index =
        require_done(zip_file_add(archive.get(), members[i].c_str(), source.get(), ZIP_FL_ENC_UTF_8));
    static_cast<void>(source.release());  // the archive has it
    require_done(zip_set_file_compression(archive.get(), index, options.deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0));
    constexpr zip_uint16_t first_day = 1 << 5 | 1;  // of 1980, as numpy
    require_done(zip_file_set_dostime(archive.get(), index, 0, first_day, 0));
  }
  require_done(zip_close(archive.get()));
  static_cast<void>(archive.release());  // closed

  AtomicFile file(path);
  zip_int64_t count = zip_source_open(bytes.get());
  for (std::vector<char> piece(std::size_t{1} << 16); count >= 0;) {
    count = zip_source_read(bytes.get(), piece.data(), piece.size());
    if (count <= 0) break;
    file.write(piece.data(), static_cast<std::size_t>(count));
  }
  if (count < 0) detail::throw_file_error(path, "cannot be written: the archive is damaged");
  zip_source_close(bytes.get());
  file.commit();
}

}  // namespace bijou

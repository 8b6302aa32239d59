#pragma once

#include <bijou/io/atomic_file.hpp>
#include <bijou/io/byte_order.hpp>
#include <bijou/io/file_bytes.hpp>
#include <bijou/io/file_error.hpp>
#include <bijou/io/safetensors_header.hpp>
#include <bijou/io/tensor.hpp>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

/// A file of tensors in the format of the Python package safetensors: 8 bytes for the length of a header
/// (little-endian), the header in JSON, and the numbers of the tensors, which follow each other without a gap. The
/// whole header is checked before there is an object; the numbers stay in the file, which is mapped.
///
/// Throws FileError for what is no such file, with the reason: lengths that do not fit the file, a header of more than
/// 100 MB, JSON of another form, names that occur twice, unknown types, tensors that overlap, leave gaps or reach
/// beyond the end.
///
/// @code{.cpp}
/// #include <bijou/io/safetensors.hpp>
///
/// int main() {
///   const bijou::SafetensorsFile file("weights.safetensors");
///   for (const bijou::Tensor& tensor : file.tensors()) {
///     std::printf("%s: %s\n", tensor.name.c_str(), tensor.shape_text().c_str());
///   }
/// }
/// @endcode
class SafetensorsFile {
 public:
  /// The longest header that is read, in bytes, as in the reference implementation.
  static constexpr std::size_t largest_header = 100'000'000;

  // What needs the parser of JSON is a template, so that only programs that open a file compile it.
  template <std::convertible_to<std::filesystem::path> Path>
  explicit SafetensorsFile(const Path& path) : path_(path), bytes_(std::in_place, path_) {
    parse(bytes_->data(), bytes_->size());
  }

  /// Of bytes in memory, which must stay as long as tensors are read. path: what messages call them.
  template <std::convertible_to<std::filesystem::path> Path>
  SafetensorsFile(const unsigned char* bytes, std::size_t size, const Path& path) : path_(path) {
    parse(bytes, size);
  }

  const std::filesystem::path& path() const { return path_; }
  /// In the order of their numbers in the file. They refer to the bytes of this file.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  /// The tensor of this name, or nullptr.
  const Tensor* find(std::string_view name) const {
    const auto at = places_.find(name);
    return at == places_.end() ? nullptr : &tensors_[at->second];
  }
  /// The free texts of the header, by name.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  template <class Byte>
  void parse(const Byte* bytes, std::size_t size) {
    if (size < 8) fail("ends after ", size, " bytes, within the 8 bytes of the header's length");
    const auto length = detail::little_endian_number<std::uint64_t>(bytes);
    if (length > largest_header)
      fail("has a header of more than ", largest_header,
           " bytes, or is no safetensors file; one of torch.save is read by TorchFile");
    if (length > size - 8) fail("ends after ", size, " bytes, within a header of ", length, " bytes");
    const auto header_size = static_cast<std::size_t>(length);
    detail::SafetensorsHeader header;
    detail::SafetensorsHeaderReader reader(header);
    const std::string error = reader.read({reinterpret_cast<const char*>(bytes) + 8, header_size});
    if (!error.empty()) fail(error);
    metadata_ = std::move(header.metadata);
    place(std::move(header.tensors), bytes + 8 + header_size, size - 8 - header_size);
  }

  /// Checks that the tensors fill the data and refer to it one after the other.
  void place(std::vector<detail::TensorEntry> entries, const unsigned char* data, std::size_t size) {
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t end = 0;
    for (detail::TensorEntry& entry : entries) {
      const std::string& name = entry.tensor.name;
      const std::optional<std::uint64_t> bytes = byte_count(entry.tensor);
      if (!bytes) fail("tensor \"", name, "\" of shape ", entry.tensor.shape_text(), " is larger than any file");
      if (entry.begin > entry.end || entry.end - entry.begin != *bytes) {
        fail("tensor \"", name, "\" of ", *bytes, " bytes has offsets ", text(entry.begin), " and ", text(entry.end));
      }
      if (entry.end > size) {
        fail("tensor \"", name, "\" ends at byte ", text(entry.end), " of the data, but there are only ", size);
      }
      if (entry.begin < end) fail("tensor \"", name, "\" overlaps the one before it");
      if (entry.begin > end) fail("there is a gap of ", entry.begin - end, " bytes before tensor \"", name, "\"");
      end = entry.end;
      entry.tensor.bytes = data + static_cast<std::size_t>(entry.begin);
      places_.emplace(name, tensors_.size());
      tensors_.push_back(std::move(entry.tensor));
    }
    if (end != size) fail("has ", size - static_cast<std::size_t>(end), " bytes behind the last tensor");
  }

  /// Nothing if it is no 64-bit number.
  static std::optional<std::uint64_t> byte_count(const Tensor& tensor) {
    constexpr auto largest = static_cast<std::uint64_t>((std::numeric_limits<Index>::max)());
    std::uint64_t count = size_of(tensor.type);
    for (const Index extent : tensor.shape) {
      const auto factor = static_cast<std::uint64_t>(extent);
      if (factor != 0 && count > largest / factor) return std::nullopt;
      count *= factor;
    }
    return count;
  }

  static std::string text(std::uint64_t number) { return std::to_string(number); }

  template <class... Pieces>
  [[noreturn]] void fail(const Pieces&... what) const {
    detail::throw_file_error(path_, std::string_view("no valid safetensors file: "), what...);
  }

  std::filesystem::path path_;
  std::optional<FileBytes> bytes_;
  std::vector<Tensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::map<std::string, std::string> metadata_;
};

namespace detail {

/// Whether it holds a training, as Checkpoints writes it, and no model.
inline bool is_checkpoint(const SafetensorsFile& file) {
  const auto content = file.metadata().find("content");
  return content != file.metadata().end() && content->second == "checkpoint";
}

}  // namespace detail

/// Writes such a file. Numbers are taken from where they are when `write` is called, without a copy.
///
/// Throws std::invalid_argument for a name that is given twice, and FileError if the file cannot be written; then a
/// file that was there before is as it was.
///
/// @code{.cpp}
/// #include <bijou/io/safetensors.hpp>
///
/// int main() {
///   const float numbers[] = {1, 2, 3, 4, 5, 6};
///   bijou::SafetensorsWriter writer;
///   writer.add("numbers", bijou::TensorType::f32, {2, 3}, numbers);
///   writer.set_metadata("author", "me");
///   writer.write("numbers.safetensors");
/// }
/// @endcode
class SafetensorsWriter {
 public:
  /// numbers: row by row, the last index fastest; or with is_column_major, for a matrix, column by column, which are
  /// written row by row.
  void add(std::string name, TensorType type, std::vector<Index> shape, const void* numbers,
           bool is_column_major = false) {
    if (name == "__metadata__" || !names_.insert(name).second) {
      detail::throw_invalid_argument("SafetensorsWriter", "expected names that differ, got \"", name, "\" again");
    }
    entries_.push_back(
        {{std::move(name), type, std::move(shape), static_cast<const unsigned char*>(numbers)}, is_column_major});
  }
  /// Adds a free text to the header.
  void set_metadata(std::string key, std::string value) {
    metadata_.insert_or_assign(std::move(key), std::move(value));
  }

  /// keep_as: where a file goes that was there before; empty: nowhere.
  template <std::convertible_to<std::filesystem::path> Path>
  void write(const Path& path, const std::filesystem::path& keep_as = {}) {
    // The largest numbers first, so that all lie at multiples of their sizes.
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return size_of(a.tensor.type) > size_of(b.tensor.type); });
    std::vector<const Tensor*> tensors;
    for (const Entry& entry : entries_) tensors.push_back(&entry.tensor);
    const std::string header = detail::safetensors_header(tensors, metadata_);
    AtomicFile file(path);
    const std::uint64_t length = header.size();
    detail::write_numbers(file, &length, 1, sizeof length);
    file.write(header.data(), header.size());
    for (const Entry& entry : entries_) {
      if (entry.is_column_major && entry.tensor.shape.size() == 2)
        write_rows(entry.tensor, file);
      else
        detail::write_numbers(file, entry.tensor.bytes, static_cast<std::size_t>(entry.tensor.count()),
                              size_of(entry.tensor.type));
    }
    file.commit(keep_as);
  }

 private:
  struct Entry {
    Tensor tensor;
    bool is_column_major;
  };

  static void write_rows(const Tensor& matrix, AtomicFile& file) {
    const std::size_t one = size_of(matrix.type);
    const auto rows = static_cast<std::size_t>(matrix.shape[0]);
    const auto columns = static_cast<std::size_t>(matrix.shape[1]);
    std::vector<unsigned char> row(columns * one);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) std::memcpy(&row[j * one], matrix.bytes + (j * rows + i) * one, one);
      detail::write_numbers(file, row.data(), columns, one);
    }
  }

  std::vector<Entry> entries_;
  std::set<std::string> names_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace bijou

#pragma once

#include <bijou/io/tensor.hpp>
#include <bijou/io/torch_pickle.hpp>
#include <bijou/io/zip_archive.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

/// Makes the tensors of an archive that torch.save wrote.
class TorchReader {
 public:
  explicit TorchReader(const ZipArchive& archive) : archive_(archive), folder_(folder_of_pickle()) {
    if (archive_.find(folder_ + "byteorder") != nullptr) {
      const Bytes order = archive_.stored(folder_ + "byteorder");
      if (text_of(order) != "little") fail("its numbers are not in little-endian order");
    }
    const Bytes pickle = archive_.stored(folder_ + "data.pkl");
    if (pickle.size > largest_pickle)
      fail("its pickle has ", pickle.size, " bytes; more than ", largest_pickle, " are refused");
    const TorchPickle tree(archive_.path(), text_of(pickle));
    visits_left_ = pickle.size;
    copied_bytes_left_ = archive.length() + 64'000'000;
    walk(tree.value(), "", 0);
    for (auto& [key, record] : records_) kept.push_back(std::move(record.data));
  }

  std::vector<Tensor> tensors = {};
  std::vector<std::unique_ptr<unsigned char[]>> kept = {};  // the numbers that the tensors are views of

 private:
  using Value = PickleValue;
  using Kind = PickleKind;
  using Extents = std::vector<std::uint64_t>;

  struct StorageType {
    std::string_view name;
    TensorType type;
  };
  static constexpr std::array<StorageType, 10> storage_types{{{"torch FloatStorage", TensorType::f32},
                                                              {"torch DoubleStorage", TensorType::f64},
                                                              {"torch HalfStorage", TensorType::f16},
                                                              {"torch BFloat16Storage", TensorType::bf16},
                                                              {"torch LongStorage", TensorType::i64},
                                                              {"torch IntStorage", TensorType::i32},
                                                              {"torch ShortStorage", TensorType::i16},
                                                              {"torch CharStorage", TensorType::i8},
                                                              {"torch ByteStorage", TensorType::u8},
                                                              {"torch BoolStorage", TensorType::boolean}}};
  static constexpr std::uint64_t largest_pickle = 100'000'000;
  static constexpr std::size_t longest_name = 1000;
  static constexpr int deepest = 64;

  static std::string_view text_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data.get()), bytes.size};
  }

  /// "archive/" for the entry "archive/data.pkl".
  std::string folder_of_pickle() const {
    for (const ZipArchive::Member& member : archive_.members()) {
      const std::size_t slash = member.name.find('/');
      if (slash != std::string::npos && member.name.substr(slash + 1) == "data.pkl")
        return member.name.substr(0, slash + 1);
    }
    fail("is a zip archive, but none of torch.save: it has no data.pkl");
  }

  void walk(const Value& value, const std::string& name, int depth) {
    if (depth > deepest) fail("has dictionaries and lists that are more than ", deepest, " deep");
    if (name.size() > longest_name) fail("has a name of more than ", longest_name, " characters");
    // A visit for each few bytes of the pickle is enough unless parts are shared over and over.
    if (visits_left_-- == 0) fail("has parts that are shared too often");
    const auto enter = [&](const Value& inside, const std::string& key) {
      walk(inside, name.empty() ? key : name + "." + key, depth + 1);
    };
    if (value.kind == Kind::tensor) {
      add_tensor(value, name);
    } else if (value.kind == Kind::dictionary) {
      for (std::size_t i = 0; i < value.items.size(); i += 2) {
        const Value& key = *value.items[i];
        if (key.kind == Kind::text)
          enter(*value.items[i + 1], std::string(key.text));
        else if (key.kind == Kind::integer)
          enter(*value.items[i + 1], std::to_string(key.integer));
        else
          fail("has a key in \"", name, "\" that is neither text nor a whole number");
      }
    } else if (value.kind == Kind::list || value.kind == Kind::tuple) {
      for (std::size_t i = 0; i < value.items.size(); ++i) enter(*value.items[i], std::to_string(i));
    }
  }

  struct Storage {
    TensorType type;
    std::uint64_t count;  // numbers
    const unsigned char* bytes;
  };

  /// Arguments of torch._utils._rebuild_tensor_v2: storage, offset, sizes, strides and what is of no use here.
  void add_tensor(const Value& value, const std::string& name) {
    const auto& arguments = value.items;
    if (arguments.size() < 4 || arguments[0]->kind != Kind::storage || arguments[1]->kind != Kind::integer)
      refuse(name, "is not made of a storage and an offset");
    if (!names_.insert(name).second) refuse(name, "is there twice");
    const Storage storage = storage_of(arguments[0]->items, name);
    const Extents sizes = extents_of(*arguments[2], name);
    const Extents strides = extents_of(*arguments[3], name);
    if (sizes.size() != strides.size() || arguments[1]->integer < 0) refuse(name, "has a shape that is none");
    const auto offset = static_cast<std::uint64_t>(arguments[1]->integer);
    Tensor tensor{name, storage.type, std::vector<Index>(sizes.begin(), sizes.end()), storage.bytes};
    if (std::find(sizes.begin(), sizes.end(), 0u) == sizes.end()) {
      require_inside(storage, offset, sizes, strides, name);
      const unsigned char* const first = storage.bytes + offset * size_of(storage.type);
      tensor.bytes = in_order(first, size_of(storage.type), sizes, strides, name);
    }
    tensors.push_back(std::move(tensor));
  }

  /// A persistent id: "storage", its class, the name of its entry, the device, how many numbers it has.
  Storage storage_of(const std::vector<const Value*>& id, const std::string& name) {
    if (id.size() != 5 || id[1]->kind != Kind::global || id[2]->kind != Kind::text || id[4]->kind != Kind::integer)
      refuse(name, "has a storage that is none");
    const auto* const type =
        std::find_if(storage_types.begin(), storage_types.end(), [&](const auto& t) { return t.name == id[1]->text; });
    if (type == storage_types.end()) refuse(name, "has numbers of a type that is not read here: ", id[1]->text);
    const Bytes& record = record_of(std::string(id[2]->text));
    const auto count = static_cast<std::uint64_t>(id[4]->integer);
    if (id[4]->integer < 0 || count > record.size / size_of(type->type))
      refuse(name, "has a storage of ", id[4]->integer, " numbers, and its entry has ", record.size, " bytes");
    return {type->type, count, record.data.get()};
  }

  const Bytes& record_of(const std::string& key) {
    const auto [place, is_new] = records_.try_emplace(key);
    if (is_new) place->second = archive_.stored(folder_ + "data/" + key);
    return place->second;
  }

  Extents extents_of(const Value& value, const std::string& name) const {
    const auto is_extent = [](const Value* each) { return each->kind == Kind::integer && each->integer >= 0; };
    if (value.kind != Kind::tuple || !std::all_of(value.items.begin(), value.items.end(), is_extent))
      refuse(name, "has a shape that is none");
    Extents extents;
    for (const Value* each : value.items) extents.push_back(static_cast<std::uint64_t>(each->integer));
    return extents;
  }

  void require_inside(const Storage& storage, std::uint64_t offset, const Extents& sizes, const Extents& strides,
                      const std::string& name) const {
    bool is_inside = offset < storage.count;
    std::uint64_t last = offset;  // the place of the last number in use
    for (std::size_t i = 0; is_inside && i < sizes.size(); ++i) {
      const std::uint64_t steps = sizes[i] - 1;
      is_inside = steps == 0 || strides[i] <= (storage.count - 1 - last) / steps;
      if (is_inside) last += steps * strides[i];
    }
    if (!is_inside) refuse(name, "reaches beyond its storage of ", storage.count, " numbers");
  }

  /// The numbers with the last index fastest: where they are, or a copy.
  const unsigned char* in_order(const unsigned char* first, std::size_t width, const Extents& sizes,
                                const Extents& strides, const std::string& name) {
    bool is_in_order = true;
    std::uint64_t count = 1;
    for (std::size_t i = sizes.size(); i-- > 0;) {
      is_in_order = is_in_order && (sizes[i] == 1 || strides[i] == count);
      // In order it is no longer than its storage; else, as strides may be 0, it could have any length.
      if (!is_in_order && sizes[i] > copied_bytes_left_ / width / count)
        refuse(name, "is not stored in order, and its copy would be too large");
      count *= sizes[i];
    }
    if (is_in_order) return first;
    if (count > copied_bytes_left_ / width) refuse(name, "is not stored in order, and its copy would be too large");
    copied_bytes_left_ -= count * width;
    unsigned char* const copy = kept.emplace_back(new unsigned char[count * width]).get();
    Extents at(sizes.size(), 0);
    for (std::uint64_t n = 0; n < count; ++n) {
      std::uint64_t place = 0;
      for (std::size_t i = 0; i < at.size(); ++i) place += at[i] * strides[i];
      std::memcpy(copy + n * width, first + place * width, width);
      for (std::size_t i = at.size(); i-- > 0 && ++at[i] == sizes[i];) at[i] = 0;
    }
    return copy;
  }

  template <class... Pieces>
  [[noreturn]] void refuse(const std::string& name, Pieces... what) const {
    fail("the tensor \"", name, "\" ", what...);
  }
  template <class... Pieces>
  [[noreturn]] void fail(Pieces... what) const {
    throw_file_error(archive_.path(), what...);
  }

  const ZipArchive& archive_;
  std::string folder_;
  std::uint64_t visits_left_ = 0;
  std::uint64_t copied_bytes_left_ = 0;
  std::set<std::string> names_ = {};
  std::map<std::string, Bytes> records_ = {};
};

}  // namespace detail

/// The tensors of a file that torch wrote: torch.save(model.state_dict(), path), since torch 1.6. Names in dictionaries
/// inside of others are joined by dots, "model.layer.weight"; what is no tensor is left out. The tensors are views of
/// what this keeps. No code of the file is run: see io/torch_pickle.hpp. A program that includes this links libzip.
///
/// Throws FileError for a file that cannot be read, is cut or damaged, or holds anything but tensors, numbers, text,
/// lists and dictionaries; then the message names what it is.
///
/// @code{.cpp}
/// #include <bijou/io/torch_file.hpp>
/// #include <cstdio>
/// int main(int count, char** arguments) {
///   if (count < 2) return 1;
///   const bijou::TorchFile file(arguments[1]);
///   for (const bijou::Tensor& tensor : file.tensors()) {
///     std::printf("%s: %s\n", tensor.name.c_str(), tensor.shape_text().c_str());
///   }
/// }
/// @endcode
class TorchFile {
 public:
  explicit TorchFile(const std::filesystem::path& path) : TorchFile(detail::ZipArchive(path)) {}
  /// Of bytes in memory, which need not stay. path: for messages.
  TorchFile(const std::filesystem::path& path, std::string_view bytes) : TorchFile(detail::ZipArchive(path, bytes)) {}

  const std::filesystem::path& path() const { return path_; }
  /// In the order of the file.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  /// Null if there is none of this name.
  const Tensor* find(std::string_view name) const {
    const auto place = places_.find(name);
    return place == places_.end() ? nullptr : &tensors_[place->second];
  }

 private:
  explicit TorchFile(const detail::ZipArchive& archive) : path_(archive.path()) {
    detail::TorchReader reader(archive);
    tensors_ = std::move(reader.tensors);
    kept_ = std::move(reader.kept);
    for (std::size_t i = 0; i < tensors_.size(); ++i) places_.emplace(tensors_[i].name, i);
  }

  std::filesystem::path path_;
  std::vector<Tensor> tensors_;
  std::vector<std::unique_ptr<unsigned char[]>> kept_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace bijou

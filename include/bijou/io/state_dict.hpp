#pragma once

#include <bijou/io/file_error.hpp>
#include <bijou/io/tensor.hpp>
#include <bijou/numerics/finite.hpp>
#include <Eigen/Core>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

/// A file of tensors: TorchFile, SafetensorsFile.
template <class F>
concept TensorFile = requires(const F& file) {
  { file.path() } -> std::convertible_to<std::filesystem::path>;
  { file.tensors() } -> std::ranges::forward_range;
  requires std::same_as<std::ranges::range_value_t<decltype(file.tensors())>, Tensor>;
};

namespace detail {

/// The state_dict of a torch module in a file, which must outlive this. It notes which tensors have been read, so that
/// one that nobody knows is refused in the end and not passed over. Throws FileError for what is not as asked.
class StateDict {
 public:
  template <class T>
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  template <class T>
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

  /// prefix: the name of the module inside of what was saved, "model" for "model.transform...", or nothing.
  template <TensorFile F>
  explicit StateDict(const F& file, const std::string& prefix = "") : path_(file.path()) {
    const std::string start = prefix.empty() || prefix.ends_with('.') ? prefix : prefix + ".";
    for (const Tensor& tensor : file.tensors()) {
      if (tensor.name.starts_with(start)) tensors_.emplace(tensor.name.substr(start.size()), &tensor);
    }
    if (tensors_.empty())
      fail(start.empty() ? "has no tensors" : "has no tensors whose names start with \"" + start + "\"");
  }

  bool has(const std::string& name) const { return tensors_.contains(name); }
  /// Whether there is a tensor of a module of this name.
  bool has_module(const std::string& module) const {
    const auto first = tensors_.lower_bound(module + ".");
    return first != tensors_.end() && first->first.starts_with(module + ".");
  }
  /// The parts of a module: "0" and "2" for "net.0.weight", "net.0.bias" and "net.2.weight" in "net".
  std::set<std::string> parts_of(const std::string& module) const {
    std::set<std::string> parts;
    const std::string start = module.empty() ? "" : module + ".";
    for (auto each = tensors_.lower_bound(start); each != tensors_.end() && each->first.starts_with(start); ++each)
      parts.insert(each->first.substr(start.size(), each->first.find('.', start.size()) - start.size()));
    return parts;
  }
  /// How many parts of a module are numbered 0, 1, ...; that one is missing among them is refused, as its kind is
  /// unknown.
  int count_of(const std::string& module) const {
    const std::set<std::string> parts = parts_of(module);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!parts.contains(std::to_string(i)))
        fail("has no tensors of ", join(module, std::to_string(i)), ", so that its kind is not known");
    }
    return static_cast<int>(parts.size());
  }

  const std::vector<Index>& shape(const std::string& name) const { return tensor(name).shape; }

  template <class T>
  Matrix<T> matrix(const std::string& name) {
    const Tensor& from = taken(name, 2);
    Matrix<T> values(from.shape[0], from.shape[1]);
    read(from, values.data());
    return values;
  }
  template <class T>
  Vector<T> vector(const std::string& name) {
    Vector<T> values(taken(name, 1).shape[0]);
    read(tensor(name), values.data());
    return values;
  }
  /// A tensor of any shape, its last index fastest.
  template <class T>
  Vector<T> numbers(const std::string& name) {
    taken_.insert(name);
    Vector<T> values(tensor(name).count());
    read(tensor(name), values.data());
    return values;
  }
  std::vector<int> indices(const std::string& name) {
    std::vector<int> values(static_cast<std::size_t>(taken(name, 1).shape[0]));
    if (!tensor(name).copy_to(values.data())) fail("the tensor \"", name, "\" is not one of indices");
    return values;
  }
  /// Passes over a tensor that says nothing new.
  void ignore(const std::string& name) { taken_.insert(name); }

  void require_all_taken() const {
    for (const auto& [name, tensor] : tensors_) {
      if (!taken_.contains(name)) fail("the tensor \"", name, "\" belongs to no part that is known here");
    }
  }

  template <class... Pieces>
  [[noreturn]] void fail(Pieces... what) const {
    throw_file_error(path_, what...);
  }

 private:
  static std::string join(const std::string& module, const std::string& part) {
    return module.empty() ? part : module + "." + part;
  }

  const Tensor& tensor(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail("has no tensor \"", name, "\"");
    return *found->second;
  }
  const Tensor& taken(const std::string& name, std::size_t rank) {
    const Tensor& found = tensor(name);
    if (found.shape.size() != rank)
      fail("the tensor \"", name, "\" is ", found.shape_text(), ", expected ", rank == 1 ? "a vector" : "a matrix");
    taken_.insert(name);
    return found;
  }
  template <class T>
  void read(const Tensor& from, T* values) const {
    if (!from.copy_to(values)) fail("the tensor \"", from.name, "\" has numbers beyond the range of the flow's");
    if constexpr (std::floating_point<T>) {
      if (!all_finite(values, from.count())) fail("the tensor \"", from.name, "\" has numbers that are not finite");
    }
  }

  std::filesystem::path path_;
  std::map<std::string, const Tensor*> tensors_;
  std::set<std::string> taken_;
};

}  // namespace detail
}  // namespace bijou

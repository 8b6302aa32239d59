#pragma once

#include <bijou/io/tensor.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// A file of tensors that is none: a TensorFile of numbers in memory.
class MadeFile {
 public:
  template <class T = float>
  MadeFile& add(const std::string& name, std::vector<bijou::Index> shape, std::vector<T> numbers) {
    constexpr bijou::TensorType type = std::is_same_v<T, float>          ? bijou::TensorType::f32
                                       : std::is_same_v<T, double>       ? bijou::TensorType::f64
                                       : std::is_same_v<T, std::int64_t> ? bijou::TensorType::i64
                                                                         : bijou::TensorType::u8;
    const auto* const first = reinterpret_cast<const unsigned char*>(numbers.data());
    bytes_.push_back(std::make_shared<std::vector<unsigned char>>(first, first + numbers.size() * sizeof(T)));
    tensors_.push_back({name, type, std::move(shape), bytes_.back()->data()});
    return *this;
  }

  std::filesystem::path path() const { return "made"; }
  const std::vector<bijou::Tensor>& tensors() const { return tensors_; }

 private:
  std::vector<std::shared_ptr<std::vector<unsigned char>>> bytes_;  // shared by copies
  std::vector<bijou::Tensor> tensors_;
};

/// The tensors of a file but one.
template <class File>
class WithoutTensor {
 public:
  WithoutTensor(const File& file, const std::string& name) : path_(file.path()) {
    for (const bijou::Tensor& tensor : file.tensors()) {
      if (tensor.name != name) tensors_.push_back(tensor);
    }
  }

  const std::filesystem::path& path() const { return path_; }
  const std::vector<bijou::Tensor>& tensors() const { return tensors_; }

 private:
  std::filesystem::path path_;
  std::vector<bijou::Tensor> tensors_;
};

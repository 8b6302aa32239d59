#pragma once

#include <bijou/io/safetensors.hpp>
#include <filesystem>
#include <string>
#include <vector>

/// A tensor that replaces one of a file, or is added to it.
struct Replacement {
  std::string name;
  bijou::TensorType type = bijou::TensorType::f32;
  std::vector<bijou::Index> shape = {};
  const void* numbers = nullptr;  // none: the tensor is left out
};

/// Writes the tensors of a file with one of them replaced, and its metadata with `text` in the architecture replaced.
inline void write_edited(const std::filesystem::path& from, const std::filesystem::path& to,
                         const Replacement& replacement, const std::string& text = {}, const std::string& by = {}) {
  const bijou::SafetensorsFile file(from);
  bijou::SafetensorsWriter writer;
  for (const bijou::Tensor& tensor : file.tensors()) {
    if (tensor.name != replacement.name) writer.add(tensor.name, tensor.type, tensor.shape, tensor.bytes);
  }
  if (replacement.numbers) writer.add(replacement.name, replacement.type, replacement.shape, replacement.numbers);
  for (auto [key, value] : file.metadata()) {
    if (const auto at = value.find(text); key == "architecture" && !text.empty() && at != std::string::npos)
      value.replace(at, text.size(), by);
    writer.set_metadata(key, value);
  }
  writer.write(to);
}

#pragma once

#include <bijou/core/description.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/safetensors.hpp>
#include <array>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

/// A line for each object of the tree: "bijector: Chain, 2 | 3".
template <class Tree>
void describe_architecture(const Tree& node, const std::string& place, std::size_t depth, std::string& text) {
  if (node.is_array()) {
    std::size_t i = 0;
    for (const Tree& element : node) {
      describe_architecture(element, join(place, std::to_string(i)), depth, text);
      ++i;
    }
    return;
  }
  if (!node.is_object()) return;
  text.append(2 * (depth + 1), ' ').append(place).append(place.empty() ? "" : ": ");
  std::string options;
  for (const auto& [key, value] : node.items()) {
    if (!value.is_string()) continue;
    const std::string name = value.template get<std::string>();
    if (key == "type")
      text += name;
    else if (key == "shape")
      options.append(", ").append(name);
    else
      options.append(", ").append(key).append(" ").append(name);
  }
  text.append(options).append("\n");
  for (const auto& [key, value] : node.items()) describe_architecture(value, key, depth + 1, text);
}

inline std::string table_of_tensors(const std::vector<Tensor>& tensors) {
  std::vector<std::array<std::string, 3>> rows = {{"tensor", "type", "shape"}};
  for (const Tensor& tensor : tensors) {
    rows.push_back({tensor.name, std::string(name_of(tensor.type)), tensor.shape_text()});
  }
  return aligned(std::move(rows));
}

}  // namespace detail

/// What is in a safetensors file, of this library or of another: the metadata, the architecture as a tree, and the
/// tensors with their types and shapes. Numbers are not read. Throws FileError as SafetensorsFile does.
///
/// @code{.cpp}
/// #include <bijou/io/describe.hpp>
///
/// int main() {
///   std::printf("%s", bijou::describe("flow.safetensors").c_str());
/// }
/// @endcode
template <std::convertible_to<std::filesystem::path> Path>
std::string describe(const Path& path) {
  const SafetensorsFile file(path);
  std::string text = file.path().string() + "\n";
  for (const auto& [key, value] : file.metadata()) {
    if (key != "architecture") text.append(key).append(": ").append(value).append("\n");
  }
  if (file.metadata().contains("architecture")) {
    text += "architecture:\n";
    detail::describe_architecture(detail::architecture_in(file), "", 0, text);
  }
  std::size_t numbers = 0;
  for (const Tensor& tensor : file.tensors()) numbers += static_cast<std::size_t>(tensor.count());
  text += "tensors: " + std::to_string(file.tensors().size()) + ", numbers: " + std::to_string(numbers) + "\n";
  return text + detail::table_of_tensors(file.tensors());
}

}  // namespace bijou

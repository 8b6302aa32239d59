#pragma once

#include <bijou/core/object_visitor.hpp>
#include <bijou/io/file_error.hpp>
#include <bijou/io/safetensors.hpp>
#include <bijou/version.hpp>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What an object is made of, as a tree in JSON:
///
///     {"type": "Autoregressive", "shape": "2", "transformer": {"type": "AffineTransformer", "scale": "BoundedExp"},
///      "conditioner": {"type": "Made", "activation": "Relu", "connections": "FeedForward", "shape": "2 -> 64 -> 4"}}
///
/// Each object has its type, its policies by role, and its parts by the names of its list of members, lists of parts as
/// arrays. "shape" is there to be read by people. Sizes follow from the tensors of the file, whose names are the paths
/// in this tree.
namespace bijou::detail {

// What works with it is a template, so that a program compiles no more of it than it needs.
using Json = nlohmann::ordered_json;

/// The version of the library that writes a file.
inline std::string version_text() {
  return std::to_string(version_major) + "." + std::to_string(version_minor) + "." + std::to_string(version_patch);
}

template <class Tree>
class ArchitectureVisitor final : public ObjectVisitor {
 public:
  void enter(const ObjectInfo& info, const Path* path) override {
    ++depth_;
    if (in_leaf()) return;
    Tree node = {{"type", info.type.empty() ? unnamed_type : info.type}};
    for (const Policy& policy : info.policies) node[std::string(policy.role)] = policy.name;
    if (const std::string shape = info.shape(info.object); !shape.empty()) node["shape"] = shape;
    push(std::move(node), path);
    if (info.is_leaf) leaf_depth_ = depth_;
  }
  void enter_list(const Path* path) override {
    ++depth_;
    if (!in_leaf()) push(Tree::array(), path);
  }
  void leave() override {
    if (depth_ == leaf_depth_) leaf_depth_ = 0;
    if (!in_leaf()) open_.pop_back();
    --depth_;
  }

  Tree root;

 private:
  bool in_leaf() const { return leaf_depth_ != 0; }

  void push(Tree node, const Path* path) {
    if (open_.empty()) {
      root = std::move(node);
      open_.push_back(&root);
      return;
    }
    Tree& above = *open_.back();
    if (above.is_array()) {
      above.push_back(std::move(node));
      open_.push_back(&above.back());
    } else {
      Tree& place = above[path->name];
      place = std::move(node);
      open_.push_back(&place);
    }
  }

  std::vector<Tree*> open_;  // from the root on; what one refers to grows only after it has left
  int depth_ = 0;
  int leaf_depth_ = 0;  // where the leaf stands that the walk is in, 0 outside
};

template <class U>
Json architecture_of(const U& object) {
  ArchitectureVisitor<Json> visitor;
  visit_object(const_cast<U&>(object), nullptr, false, visitor);
  return std::move(visitor.root);
}

/// The architecture in the metadata of a file. Throws FileError if there is none, or if it is no JSON or nested deeper
/// than anything that is made of objects.
template <class Tree = Json>
Tree architecture_in(const SafetensorsFile& file) {
  const auto found = file.metadata().find("architecture");
  if (found == file.metadata().end()) {
    if (is_checkpoint(file)) {
      throw_file_error(file.path(),
                       "is a checkpoint of a training, which Checkpoints takes up again; its flow becomes a model file "
                       "by save(flow, path)");
    }
    throw_file_error(file.path(),
                     "there is no architecture in the file, so its type must be known: load(path, object); a "
                     "state_dict of zuko or of "
                     "nflows is read by zuko_flow and nflows_flow");
  }
  constexpr int greatest_depth = 200;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    const char c = found->second[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string)
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (depth > greatest_depth) throw_file_error(file.path(), "the architecture is nested too deep");
  }
  Tree architecture = Tree::parse(found->second, nullptr, false);
  if (architecture.is_discarded()) throw_file_error(file.path(), "the architecture is not JSON");
  return architecture;
}

/// The tree in one line: "Chain{Autoregressive{AffineTransformer<BoundedExp>, Made<Relu, FeedForward>}, 2 x Permute}".
template <class Tree>
std::string type_text(const Tree& node) {
  std::string policies;
  std::vector<std::string> parts;
  const auto add_part = [&](const Tree& part) { parts.push_back(type_text(part)); };
  for (const auto& [key, value] : node.items()) {
    if (value.is_object()) add_part(value);
    if (value.is_array()) {
      for (const Tree& part : value) add_part(part);
    }
    if (value.is_string() && key != "type" && key != "shape") {
      policies += (policies.empty() ? "<" : ", ") + value.template get<std::string>();
    }
  }
  std::string inside;
  for (std::size_t i = 0; i < parts.size();) {
    std::size_t end = i;
    while (end < parts.size() && parts[end] == parts[i]) ++end;
    inside += inside.empty() ? "{" : ", ";
    if (end - i > 1) inside += std::to_string(end - i) + " x ";
    inside += parts[i];
    i = end;
  }
  const std::string type = node.is_object() ? node.value("type", std::string()) : std::string();
  return type + policies + (policies.empty() ? "" : ">") + inside + (inside.empty() ? "" : "}");
}

}  // namespace bijou::detail

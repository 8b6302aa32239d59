#pragma once

#include <bijou/conditioners/any_activation.hpp>
#include <bijou/conditioners/any_connections.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/constant_numbers.hpp>
#include <bijou/io/known_policies.hpp>
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bijou::detail {

/// A part of an object in a C++ program: an alias for its type, and an expression that makes one.
struct ConstantPart {
  std::string type;
  std::string value;
};

/// What a header of constants declares for the parts of an object: the constants of networks, and an alias for the type
/// of each part; and which headers of the library it needs.
template <class T>
class ConstantDeclarations {
 public:
  /// Headers of the library, without the angle brackets.
  const std::set<std::string>& headers() const { return headers_; }
  const std::string& declarations() const { return declarations_; }
  /// Whether a member is among the constants of a network.
  bool is_constant(const std::string& path) const {
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const std::string& network) { return path.starts_with(network + "."); });
  }

 protected:
  static constexpr const char* caller = "write_header";

  explicit ConstantDeclarations(const MembersByPath& members) : members_(members) {}

  /// An alias for the type of a part, and its making with these arguments.
  ConstantPart named(const std::string& path, const std::string& header, const std::string& type,
                     const std::string& arguments) {
    headers_.insert(header);
    const std::string name = "Part" + std::to_string(parts_++);
    declarations_.append("// ").append(path.empty() ? "the whole" : path).append("\n");
    declarations_.append("using ").append(name).append(" = bijou::").append(type).append(";\n");
    return {name, name + "(" + arguments + ")"};
  }
  static std::string scalar() { return scalar_text<T>; }
  static std::string text(Index number) { return std::to_string(number); }
  static std::string template_of(const std::string& name, std::initializer_list<std::string> arguments) {
    std::string all;
    for (const std::string& argument : arguments) all.append(all.empty() ? "" : ", ").append(argument);
    return name + "<" + all + ">";
  }
  static std::string matrix_of(const char* what, Index rows, Index columns = 1) {
    return "Eigen::Matrix<" + scalar() + ", " + text(rows) + ", " + text(columns) + ">::" + what + "()";
  }
  /// The class of a policy of the library, which is in this namespace.
  static std::string policy(const Json& node, const char* role, const std::string& where,
                            const std::vector<std::string_view>& known) {
    const std::string name = node.value(role, std::string());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw_invalid_argument(caller, "the ", role, " \"", name, "\" is none of this library's: ", listed(known));
    }
    if (name == "FlowJaxScale") return "bijou::detail::FlowJaxScale";
    return "bijou::" + where + name + (name == "SoftClipped" ? "<>" : "");
  }
  static std::string snake_case(const std::string& name) {
    if (name == "LULinear") return "lu_linear";
    std::string snake;
    for (const char c : name) {
      if (c >= 'A' && c <= 'Z')
        snake.append(snake.empty() ? "" : "_").push_back(static_cast<char>(c - 'A' + 'a'));
      else
        snake.push_back(c);
    }
    return snake;
  }

  std::vector<std::vector<int>> degrees(const std::string& path) const {
    std::vector<std::vector<int>> all;
    for (std::string at = join(path, "degrees.0"); members_.has(at);
         at = join(path, "degrees." + std::to_string(all.size()))) {
      all.push_back(members_.template values<int>(at));
    }
    return all;
  }
  /// A Made or an Mlp, with its numbers.
  ConstantPart named_network(const Json& node, const std::string& path) {
    networks_.push_back(path);
    const std::string constants = "Constants" + std::to_string(parts_);
    const bool is_made = node.at("type") == "Made";
    const std::vector<std::vector<int>> units = degrees(path);
    std::vector<Index> sizes(units.size());
    std::transform(units.begin(), units.end(), sizes.begin(), [](const auto& each) { return std::ssize(each); });
    std::string text = "struct " + constants + " {\n  using Scalar = " + scalar() + ";\n";
    text += "  static constexpr bool is_autoregressive = " + std::string(is_made ? "true" : "false") + ";\n";
    text += "  static constexpr bijou::Index context_size = " +
            std::to_string(members_.template values<Index>(join(path, "context_size")).front()) + ";\n";
    text += "  static constexpr int steps = " + std::to_string(is_made ? units.back().back() : 1) + ";\n";
    text += "  static constexpr bijou::Index sizes[] = {" + constant_list(sizes) + "};\n";
    std::string names;
    for (std::size_t l = 0; l < units.size(); ++l) {
      text += array("int", "degrees_" + std::to_string(l), constant_list(units[l]), units[l].empty());
      names += (l == 0 ? "degrees_" : ", degrees_") + std::to_string(l);
    }
    text += "  static constexpr const int* degrees[] = {" + names + "};\n";
    text += layers(join(path, "layers"), "weight", "weights", "w");
    text += layers(join(path, "layers"), "bias", "biases", "b");
    text += layers(join(path, "context_layers"), "weight", "context_weights", "cw");
    text += layers(join(path, "context_layers"), "bias", "context_biases", "cb");
    declarations_ += text + "};\n";
    ConstantPart part = named(
        path, "conditioners/constant_network.hpp",
        template_of("ConstantNetwork", {constants, policy(node, "activation", "activations::", AnyActivation::names()),
                                        policy(node, "connections", "", AnyConnections::names())}),
        "");
    headers_.insert(connections_header(node.value("connections", std::string())));
    return part;
  }

 private:
  static std::string connections_header(const std::string& name) {
    if (name.starts_with("FeedForward")) return "conditioners/" + snake_case(name) + ".hpp";
    return "conditioners/residual.hpp";
  }
  // An array without numbers is none in C++.
  static std::string array(const std::string& type, const std::string& name, const std::string& numbers,
                           bool is_empty) {
    return "  static constexpr " + type + " " + name + "[] = {" + (is_empty ? "0" : numbers) + "};\n";
  }
  std::string layers(const std::string& path, const char* member, const char* name, const char* letter) const {
    std::string text, names;
    for (std::size_t l = 0; members_.has(path + "." + std::to_string(l) + "." + member); ++l) {
      const std::vector<T> values = members_.template values<T>(path + "." + std::to_string(l) + "." + member);
      text += array(scalar(), letter + std::to_string(l), constant_list(values), values.empty());
      names += (l == 0 ? "" : ", ") + std::string(letter) + std::to_string(l);
    }
    if (names.empty()) return {};
    return text + "  static constexpr const " + scalar() + "* " + name + "[] = {" + names + "};\n";
  }

 protected:
  const MembersByPath& members_;
  int parts_ = 0;
  std::set<std::string> headers_;
  std::string declarations_;

 private:
  std::vector<std::string> networks_;
};

}  // namespace bijou::detail

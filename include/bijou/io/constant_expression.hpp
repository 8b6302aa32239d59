#pragma once

#include <bijou/conditioners/any_activation.hpp>
#include <bijou/conditioners/any_connections.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/policy_name.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/constant_numbers.hpp>
#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou::detail {

/// The parts of an object as types and expressions of a C++ program, all of sizes that are known at compile time: each
/// part becomes an alias named after its place, and an expression that makes one with any numbers.
template <class T>
class ConstantExpression {
 public:
  /// An alias or a type, and what makes an object of it.
  struct Part {
    std::string type;
    std::string value;
  };

  ConstantExpression(const Json& architecture, const MembersByPath& members) : members_(members) {
    const Index size = event_size(architecture, "");
    root_ = write(architecture, "", size);
  }

  const Part& root() const { return root_; }
  /// Headers of the library, without the angle brackets.
  const std::set<std::string>& headers() const { return headers_; }
  /// The constants of the networks, and the aliases.
  const std::string& declarations() const { return declarations_; }
  /// Whether a member is among the constants of a network.
  bool is_constant(const std::string& path) const {
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const std::string& network) { return path.starts_with(network + "."); });
  }

 private:
  static constexpr const char* caller = "write_header";
  using Makers =
      std::vector<std::pair<std::string_view, Part (ConstantExpression::*)(const Json&, const std::string&, Index)>>;

  static const Makers& makers() {
    using C = ConstantExpression;
    static const Makers all = {{"TransformedDistribution", &C::transformed},
                               {"flows::MAF", &C::transformed},
                               {"flows::IAF", &C::transformed},
                               {"flows::RealNVP", &C::transformed},
                               {"flows::NICE", &C::transformed},
                               {"flows::NSF", &C::transformed},
                               {"flows::CouplingNSF", &C::transformed},
                               {"flows::MDN", &C::transformed},
                               {"Product", &C::product},
                               {"Embed", &C::embed},
                               {"StandardNormal", &C::of_size},
                               {"MultivariateNormal", &C::of_size},
                               {"DiagonalNormal", &C::location_scale},
                               {"Laplace", &C::location_scale},
                               {"Logistic", &C::location_scale},
                               {"Uniform", &C::location_scale},
                               {"StudentT", &C::student_t},
                               {"MixtureOfGaussians", &C::mixture},
                               {"ConditionalDiagonalNormal", &C::conditional_normal},
                               {"ConditionalMixtureOfGaussians", &C::conditional_mixture},
                               {"Chain", &C::chain},
                               {"Invert", &C::around_bijector},
                               {"Frozen", &C::around_bijector},
                               {"OnSlice", &C::on_slice},
                               {"Autoregressive", &C::of_network},
                               {"Coupling", &C::of_network},
                               {"Elementwise", &C::elementwise},
                               {"Affine", &C::location_scale},
                               {"Box", &C::location_scale},
                               {"Standardize", &C::of_size},
                               {"ActNorm", &C::of_size},
                               {"BatchNorm", &C::of_size},
                               {"LULinear", &C::of_size},
                               {"TriangularAffine", &C::of_size},
                               {"Permute", &C::permute},
                               {"RandomPermutation", &C::permute},
                               {"Reverse", &C::reverse},
                               {"Rotation", &C::rotation},
                               {"Planar", &C::planar},
                               {"Radial", &C::radial},
                               {"AdditiveTransformer", &C::transformer},
                               {"AffineTransformer", &C::transformer},
                               {"FormulaTransformer", &C::transformer},
                               {"RationalQuadraticSpline", &C::spline},
                               {"LinearSpline", &C::spline},
                               {"InvertTransformer", &C::invert_transformer},
                               {"Made", &C::network},
                               {"Mlp", &C::network},
                               {"StandardizeContext", &C::standardize_context},
                               {"PeriodicFeatures", &C::periodic_features}};
    return all;
  }

  Part write(const Json& node, const std::string& path, Index size) {
    const std::string type = node.value("type", std::string());
    for (const auto& [name, maker] : makers()) {
      if (name == type) return (this->*maker)(node, path, size);
    }
    std::string known;
    for (const auto& [name, maker] : makers()) known.append(known.empty() ? "" : ", ").append(name);
    throw_invalid_argument(caller, "\"", type, "\" at ", path.empty() ? "the root" : path,
                           " has no form without the heap; known are: ", known);
  }
  Part write_part(const Json& node, const std::string& path, const char* name, Index size) {
    return write(node.at(name), join(path, name), size);
  }

  /// An alias for the type of a part, and its making with these arguments.
  Part named(const std::string& path, const std::string& header, const std::string& type,
             const std::string& arguments) {
    headers_.insert(header);
    const std::string name = "Part" + std::to_string(parts_++);
    declarations_.append("// ").append(path.empty() ? "the whole" : path).append("\n");
    declarations_.append("using ").append(name).append(" = bijou::").append(type).append(";\n");
    return {name, name + "(" + arguments + ")"};
  }
  static std::string scalar() { return std::is_same_v<T, float> ? "float" : "double"; }
  static std::string text(Index number) { return std::to_string(number); }
  static std::string template_of(const std::string& name, std::initializer_list<std::string> arguments) {
    std::string all;
    for (const std::string& argument : arguments) all.append(all.empty() ? "" : ", ").append(argument);
    return name + "<" + all + ">";
  }
  static std::string matrix_of(const char* what, Index rows, Index columns = 1) {
    return "Eigen::Matrix<" + scalar() + ", " + text(rows) + ", " + text(columns) + ">::" + what + "()";
  }
  /// The name of a policy, whose class is in this namespace.
  std::string policy(const Json& node, const char* role, const std::string& where) const {
    const std::string name = node.value(role, std::string());
    if (name.empty() || name == "own policy")
      throw_invalid_argument(caller, "the ", role, " has no name of this library");
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

  // Distributions.
  Index event_size(const Json& node, const std::string& path) const {
    const auto inside = [&](const char* name) { return event_size(node.at(name), join(path, name)); };
    for (const char* const member : {"loc", "low", "locs"}) {
      if (members_.has(join(path, member))) return members_.extent(join(path, member), 0);
    }
    if (members_.has(join(path, "event_size")))
      return members_.template values<Index>(join(path, "event_size")).front();
    if (node.contains("base")) return inside("base");
    if (node.contains("part")) return inside("part");
    if (node.contains("start")) return inside("start");
    if (node.contains("conditioner")) return static_cast<Index>(degrees(join(path, "conditioner")).back().size()) / 2;
    Index sum = 0;
    if (node.contains("parts")) {
      for (std::size_t i = 0; i < node["parts"].size(); ++i) {
        sum += event_size(node["parts"][i], join(path, "parts." + std::to_string(i)));
      }
    }
    if (sum == 0)
      throw_invalid_argument(caller, "the size of the events of ", path.empty() ? "the flow" : path, " is not known");
    return sum;
  }
  Part transformed(const Json& node, const std::string& path, Index size) {
    const Part base = write_part(node, path, "base", size);
    const Part bijector = write_part(node, path, "bijector", size);
    return named(path, "distributions/transformed_distribution.hpp",
                 template_of("TransformedDistribution", {base.type, bijector.type}),
                 base.value + ", " + bijector.value);
  }
  Part product(const Json& node, const std::string& path, Index) {
    return list(node, path, "parts", "distributions/product.hpp", "Product",
                [&](const Json& part, const std::string& at) { return event_size(part, at); });
  }
  template <class SizeOf>
  Part list(const Json& node, const std::string& path, const std::string& name, const char* header, const char* type,
            SizeOf size_of) {
    std::string types, values;
    const Json& parts = node.at(name);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string at = join(path, name + "." + std::to_string(i));
      const Part part = write(parts[i], at, size_of(parts[i], at));
      types.append(types.empty() ? "" : ", ").append(part.type);
      values.append(values.empty() ? "" : ",\n    ").append(part.value);
    }
    return named(path, header, std::string(type) + "<" + types + ">", values);
  }
  Part embed(const Json& node, const std::string& path, Index size) {
    const Part network = write_part(node, path, "network", 0);
    const Part part = write_part(node, path, "part", size);
    return named(path, "flows/embed.hpp", template_of("Embed", {network.type, part.type}),
                 network.value + ", " + part.value);
  }
  static std::string folder_of(const std::string& type) {
    for (const char* const each :
         {"StandardNormal", "MultivariateNormal", "DiagonalNormal", "Laplace", "Logistic", "Uniform"}) {
      if (type == each) return "distributions/";
    }
    return "bijectors/";
  }
  Part of_size(const Json& node, const std::string& path, Index size) {
    const std::string type = node.at("type");
    return named(path, folder_of(type) + snake_case(type) + ".hpp", template_of(type, {scalar(), text(size)}), "");
  }
  Part location_scale(const Json& node, const std::string& path, Index size) {
    const std::string type = node.at("type");
    return named(path, folder_of(type) + snake_case(type) + ".hpp", template_of(type, {scalar(), text(size)}),
                 matrix_of("Zero", size) + ", " + matrix_of("Ones", size));
  }
  Part student_t(const Json&, const std::string& path, Index size) {
    const std::string ones = matrix_of("Ones", size);
    return named(path, "distributions/student_t.hpp", template_of("StudentT", {scalar(), text(size)}),
                 matrix_of("Zero", size) + ", " + ones + ", " + ones);
  }
  Part mixture(const Json&, const std::string& path, Index size) {
    const Index components = members_.extent(join(path, "logits"), 0);
    return named(path, "distributions/mixture_of_gaussians.hpp",
                 template_of("MixtureOfGaussians", {scalar(), text(size), text(components)}),
                 matrix_of("Ones", components) + ", " + matrix_of("Zero", size, components) + ", " +
                     matrix_of("Ones", size, components));
  }
  Part conditional_normal(const Json& node, const std::string& path, Index size) {
    const Part network = write_part(node, path, "conditioner", 0);
    return named(path, "flows/conditional_diagonal_normal.hpp",
                 template_of("ConditionalDiagonalNormal",
                             {scalar(), text(size), network.type, policy(node, "scale", "scale_maps::")}),
                 network.value);
  }
  Part conditional_mixture(const Json& node, const std::string& path, Index size) {
    const Part start = write_part(node, path, "start", size);
    const Part network = write_part(node, path, "conditioner", 0);
    const Index components = members_.extent(join(path, "start.logits"), 0);
    return named(
        path, "flows/conditional_mixture_of_gaussians.hpp",
        template_of("ConditionalMixtureOfGaussians",
                    {scalar(), text(size), network.type, policy(node, "scale", "scale_maps::"), text(components)}),
        start.value + ", " + network.value);
  }

  // Bijectors.
  Part chain(const Json& node, const std::string& path, Index size) {
    return list(node, path, "bijectors", "bijectors/chain.hpp", "Chain",
                [&](const Json&, const std::string&) { return size; });
  }
  Part around_bijector(const Json& node, const std::string& path, Index size) {
    const std::string type = node.at("type");
    const Part inside = write_part(node, path, "bijector", size);
    return named(path, "bijectors/" + snake_case(type) + ".hpp", template_of(type, {inside.type}), inside.value);
  }
  Part on_slice(const Json& node, const std::string& path, Index size) {
    const std::vector<int> coordinates = members_.template values<int>(join(path, "coordinates"));
    const Part inside = write_part(node, path, "bijector", static_cast<Index>(coordinates.size()));
    return named(path, "bijectors/on_slice.hpp", template_of("OnSlice", {text(size), inside.type}),
                 "std::array{" + constant_list(coordinates) + "}, " + inside.value);
  }
  Part of_network(const Json& node, const std::string& path, Index size) {
    const std::string type = node.at("type");
    const Part transformer = write_part(node, path, "transformer", size);
    const Part conditioner = write_part(node, path, "conditioner", size);
    return named(path, "bijectors/" + snake_case(type) + ".hpp",
                 template_of(type, {text(size), transformer.type, conditioner.type}),
                 transformer.value + ", " + conditioner.value);
  }
  Part elementwise(const Json& node, const std::string& path, Index size) {
    const Part transformer = write_part(node, path, "transformer", size);
    return named(path, "bijectors/elementwise.hpp", template_of("Elementwise", {text(size), transformer.type}),
                 transformer.value);
  }
  Part permute(const Json& node, const std::string& path, Index size) {
    const bool is_inside = node.at("type") == "RandomPermutation";
    const std::vector<int> indices =
        members_.template values<int>(join(path, is_inside ? "permute.indices" : "indices"));
    return named(path, "bijectors/permute.hpp", template_of("Permute", {text(size)}),
                 "std::array{" + constant_list(indices) + "}");
  }
  Part reverse(const Json&, const std::string& path, Index size) {
    return named(path, "bijectors/reverse.hpp", template_of("Reverse", {text(size)}), "");
  }
  Part rotation(const Json&, const std::string& path, Index size) {
    const Index vectors = members_.extent(join(path, "vectors"), 1);
    return named(path, "bijectors/rotation.hpp", template_of("Rotation", {scalar(), text(size), text(vectors)}),
                 matrix_of("Zero", size, vectors));
  }
  Part planar(const Json&, const std::string& path, Index size) {
    const std::string zero = matrix_of("Zero", size);
    return named(path, "bijectors/planar.hpp", template_of("Planar", {scalar(), text(size)}),
                 zero + ", " + zero + ", " + scalar() + "(0)");
  }
  Part radial(const Json&, const std::string& path, Index size) {
    return named(path, "bijectors/radial.hpp", template_of("Radial", {scalar(), text(size)}),
                 matrix_of("Zero", size) + ", " + matrix_of("Zero", 2));
  }

  // Transformers.
  Part transformer(const Json& node, const std::string& path, Index) {
    const std::string type = node.at("type");
    const bool is_affine = type == "AffineTransformer";
    std::string arguments = scalar();
    if (is_affine) arguments += ", " + policy(node, "scale", "scale_maps::");
    if (type == "FormulaTransformer") arguments += ", " + policy(node, "formula", "formulas::");
    if (is_affine && node.value("scale", std::string()) == "FlowJaxScale") headers_.insert("flows/recipes.hpp");
    const char* const header = is_affine ? "affine" : type == "AdditiveTransformer" ? "additive" : "formulas";
    return named(path, "transformers/" + std::string(header) + ".hpp", type + "<" + arguments + ">", "");
  }
  Part spline(const Json& node, const std::string& path, Index) {
    const std::string type = node.at("type");
    const auto number = [&](const char* name) {
      return constant_text(members_.template values<T>(join(path, name)).front());
    };
    std::string arguments = scalar() + ", " + text(members_.template values<Index>(join(path, "bins")).front());
    if (type == "RationalQuadraticSpline") arguments += ", " + policy(node, "edges", "spline_edges::");
    arguments += ", " + policy(node, "map", "spline_maps::");
    return named(path, "transformers/" + snake_case(type) + ".hpp", type + "<" + arguments + ">",
                 number("low") + ", " + number("high"));
  }
  Part invert_transformer(const Json& node, const std::string& path, Index size) {
    const Part inside = write_part(node, path, "transformer", size);
    const Part part = named(path, "transformers/invert.hpp", template_of("InvertTransformer", {inside.type}), "");
    return {part.type, part.type + "{" + inside.value + "}"};
  }

  // Conditioners.
  std::vector<std::vector<int>> degrees(const std::string& path) const {
    std::vector<std::vector<int>> all;
    for (std::string at = join(path, "degrees.0"); members_.has(at);
         at = join(path, "degrees." + std::to_string(all.size()))) {
      all.push_back(members_.template values<int>(at));
    }
    return all;
  }
  Part network(const Json& node, const std::string& path, Index) {
    if (!AnyActivation::of_name(node.value("activation", std::string()))) policy(Json::object(), "activation", "");
    if (!AnyConnections::of_name(node.value("connections", std::string()))) policy(Json::object(), "connections", "");
    networks_.push_back(path);
    const std::string constants = "Constants" + std::to_string(parts_);
    const bool is_made = node.at("type") == "Made";
    const std::vector<std::vector<int>> units = degrees(path);
    std::vector<Index> sizes;
    for (const auto& each : units) sizes.push_back(static_cast<Index>(each.size()));
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
    Part part = named(path, "conditioners/constant_network.hpp",
                      template_of("ConstantNetwork", {constants, policy(node, "activation", "activations::"),
                                                      policy(node, "connections", "")}),
                      "");
    headers_.insert(connections_header(node.value("connections", std::string())));
    return part;
  }
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
  Part standardize_context(const Json&, const std::string& path, Index) {
    return named(path, "conditioners/standardize_context.hpp",
                 template_of("StandardizeContext", {scalar(), text(members_.extent(join(path, "mean"), 0))}), "");
  }
  Part periodic_features(const Json& node, const std::string& path, Index size) {
    const std::vector<T> periods = members_.template values<T>(join(path, "periods"));
    const Part inside = write_part(node, path, "network", size);
    const std::string count = text(static_cast<Index>(periods.size()));
    declarations_ += "inline constexpr " + scalar() + " " + "periods_" + std::to_string(parts_) + "[] = {" +
                     constant_list(periods) + "};\n";
    return named(
        path, "conditioners/periodic_features.hpp", template_of("PeriodicFeatures", {inside.type, count}),
        "Eigen::Vector<" + scalar() + ", " + count + ">(" + "periods_" + std::to_string(parts_) + "), " + inside.value);
  }

  const MembersByPath& members_;
  Part root_;
  std::set<std::string> headers_;
  std::string declarations_;
  int parts_ = 0;
  std::vector<std::string> networks_;
};

}  // namespace bijou::detail

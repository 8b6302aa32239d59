#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/policy_name.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/constant_declarations.hpp>
#include <bijou/io/constant_numbers.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou::detail {

/// The parts of an object as types and expressions of a C++ program, all of sizes that are known at compile time: each
/// part becomes an alias named after its place, and an expression that makes one with any numbers.
template <class T>
class ConstantExpression : public ConstantDeclarations<T> {
  using Base = ConstantDeclarations<T>;
  using Base::caller;
  using Base::declarations_;
  using Base::headers_;
  using Base::matrix_of;
  using Base::members_;
  using Base::named;
  using Base::parts_;
  using Base::policy;
  using Base::scalar;
  using Base::snake_case;
  using Base::template_of;
  using Base::text;

 public:
  using Part = ConstantPart;

  ConstantExpression(const Json& architecture, const MembersByPath& members) : Base(members) {
    const Index size = event_size(architecture, "");
    root_ = write(architecture, "", size);
  }

  const Part& root() const { return root_; }

 private:
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
    std::vector<std::string_view> known;
    for (const auto& [name, maker] : makers()) known.push_back(name);
    throw_invalid_argument(caller, "\"", type, "\" at ", path.empty() ? "the root" : path,
                           " has no form without the heap; known are: ", listed(known));
  }
  Part write_part(const Json& node, const std::string& path, const char* name, Index size) {
    return write(node.at(name), join(path, name), size);
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
    if (node.contains("conditioner"))
      return static_cast<Index>(Base::degrees(join(path, "conditioner")).back().size()) / 2;
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
  Part of_size(const Json& node, const std::string& path, Index size) { return sized(node, path, size, ""); }
  Part sized(const Json& node, const std::string& path, Index size, const std::string& arguments) {
    const std::string type = node.at("type");
    return named(path, folder_of(type) + snake_case(type) + ".hpp", template_of(type, {scalar(), text(size)}),
                 arguments);
  }
  Part location_scale(const Json& node, const std::string& path, Index size) {
    return sized(node, path, size, matrix_of("Zero", size) + ", " + matrix_of("Ones", size));
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
    return named(
        path, "flows/conditional_diagonal_normal.hpp",
        template_of("ConditionalDiagonalNormal", {scalar(), text(size), network.type,
                                                  policy(node, "scale", "scale_maps::", names_of(KnownScaleMaps{}))}),
        network.value);
  }
  Part conditional_mixture(const Json& node, const std::string& path, Index size) {
    const Part start = write_part(node, path, "start", size);
    const Part network = write_part(node, path, "conditioner", 0);
    const Index components = members_.extent(join(path, "start.logits"), 0);
    return named(path, "flows/conditional_mixture_of_gaussians.hpp",
                 template_of("ConditionalMixtureOfGaussians",
                             {scalar(), text(size), network.type,
                              policy(node, "scale", "scale_maps::", names_of(KnownScaleMaps{})), text(components)}),
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
    if (is_affine) arguments += ", " + policy(node, "scale", "scale_maps::", names_of(KnownScaleMaps{}));
    if (type == "FormulaTransformer")
      arguments += ", " + policy(node, "formula", "formulas::", names_of(KnownFormulas{}));
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
    if (type == "RationalQuadraticSpline")
      arguments += ", " + policy(node, "edges", "spline_edges::", names_of(KnownSplineEdges{}));
    std::vector<std::string_view> known_maps = names_of(KnownBinMaps{});
    const std::vector<std::string_view> of_interval = names_of(KnownSplineMapsOfInterval{});
    known_maps.insert(known_maps.end(), of_interval.begin(), of_interval.end());
    arguments += ", " + policy(node, "map", "spline_maps::", known_maps);
    return named(path, "transformers/" + snake_case(type) + ".hpp", type + "<" + arguments + ">",
                 number("low") + ", " + number("high"));
  }
  Part invert_transformer(const Json& node, const std::string& path, Index size) {
    const Part inside = write_part(node, path, "transformer", size);
    const Part part = named(path, "transformers/invert.hpp", template_of("InvertTransformer", {inside.type}), "");
    return {part.type, part.type + "{" + inside.value + "}"};
  }

  // Conditioners.
  Part network(const Json& node, const std::string& path, Index) { return Base::named_network(node, path); }
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

  Part root_;
};

}  // namespace bijou::detail

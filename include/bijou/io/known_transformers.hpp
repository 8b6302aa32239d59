#pragma once

#include <bijou/core/policy_name.hpp>
#include <bijou/flows/any_transformer.hpp>
#include <bijou/flows/recipes.hpp>
#include <bijou/io/known_policies.hpp>
#include <bijou/io/model_part.hpp>
#include <bijou/transformers/additive.hpp>
#include <bijou/transformers/affine.hpp>
#include <bijou/transformers/formulas.hpp>
#include <bijou/transformers/invert.hpp>
#include <bijou/transformers/linear_spline.hpp>
#include <bijou/transformers/per_coordinate.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <bijou/transformers/spline.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// How the transformers of this library are made from a model file.
namespace bijou::detail {

/// f(the policy of the list that the part has in this role), for what all of them give.
template <class Result, class T, class... Policies, class F>
Result with_policy(const ModelPart<T>& part, const std::string& role, PolicyList<Policies...>, F f) {
  const std::string name = part.option(role);
  std::optional<Result> result;
  ((policy_name<Policies> == name && !result ? (void)result.emplace(f(Policies{})) : void()), ...);
  if (result) return std::move(*result);
  part.fail("has the unknown ", role, " \"", name, "\"; known are: ", listed(names_of(PolicyList<Policies...>{})));
}

/// What a transformer of a file is made of, if anything.
struct NoOptions {
  static constexpr auto members() { return Members<>{}; }
};

template <class T>
struct SplineOptions {
  T low;
  T high;
  Index bins;

  static constexpr auto members() {
    return Members{state("low", &SplineOptions::low), state("high", &SplineOptions::high),
                   structure("bins", &SplineOptions::bins)};
  }
  std::string state_error() const { return interval_error(low, high); }
};

/// What a transformer does, without its type.
template <class T, class Options>
struct TransformerMaps {
  Index (*parameters_per_coordinate)(const Options&);
  void (*forward)(const Options&, const TransformerEvaluation<T>&);
  void (*inverse)(const Options&, const TransformerEvaluation<T>&);
  void (*forward_pullback)(const Options&, const TransformerPullback<T>&);
  void (*inverse_pullback)(const Options&, const TransformerPullback<T>&);
};

template <class S, class Options>
S transformer_with(const Options& options) {
  if constexpr (std::is_same_v<Options, NoOptions>)
    return S{};
  else
    return S(options.bins, options.low, options.high);
}

/// The maps of S, whose making costs next to nothing.
template <class S, class Options>
TransformerMaps<typename S::Scalar, Options> maps_of() {
  using Evaluation = TransformerEvaluation<typename S::Scalar>;
  using Pullback = TransformerPullback<typename S::Scalar>;
  return {[](const Options& o) { return Index{transformer_with<S>(o).parameters_per_coordinate()}; },
          [](const Options& o, const Evaluation& e) { transformer_with<S>(o).forward(e); },
          [](const Options& o, const Evaluation& e) { transformer_with<S>(o).inverse(e); },
          [](const Options& o, const Pullback& p) { transformer_with<S>(o).forward_pullback(p); },
          [](const Options& o, const Pullback& p) { transformer_with<S>(o).inverse_pullback(p); }};
}

/// A transformer of a file: one type for all with the same options, so that each adds no more than its maps to the time
/// of compilation.
template <class T, class Options>
class LoadedTransformer : public Options {
 public:
  using Scalar = T;
  using Maps = TransformerMaps<T, Options>;

  LoadedTransformer(const ModelPart<T>& part, const std::vector<std::string>& roles, const Options& options,
                    const Maps& maps)
      : Options(options), maps_(maps), type_name_(part.type()) {
    for (const std::string& role : roles) policies_.emplace_back(role, part.option(role));
    parameters_per_coordinate();  // refuses options that the transformer does not take
  }

  const std::string& type_name() const { return type_name_; }
  std::vector<Policy> policies() const {
    std::vector<Policy> policies;
    for (const auto& [role, name] : policies_) policies.push_back({role, name});
    return policies;
  }

  Index parameters_per_coordinate() const { return maps_.parameters_per_coordinate(*this); }
  void forward(TransformerEvaluation<T> e) const { maps_.forward(*this, e); }
  void inverse(TransformerEvaluation<T> e) const { maps_.inverse(*this, e); }
  void forward_pullback(TransformerPullback<T> p) const { maps_.forward_pullback(*this, p); }
  void inverse_pullback(TransformerPullback<T> p) const { maps_.inverse_pullback(*this, p); }

 private:
  Maps maps_;
  std::string type_name_;
  std::vector<std::pair<std::string, std::string>> policies_;  // role and name
};

/// maps(part): those of the transformer that the policies of the part choose, which have these roles.
template <class T, class Options>
AnyTransformer<T> loaded_transformer(const ModelPart<T>& part, const std::vector<std::string>& roles,
                                     const Options& options, const TransformerMaps<T, Options>& maps) {
  return LoadedTransformer<T, Options>(part, roles, options, maps);
}

template <class T>
SplineOptions<T> spline_options(const ModelPart<T>& part) {
  const SplineOptions<T> options{part.template value<T>("low"), part.template value<T>("high"),
                                 part.template value<Index>("bins")};
  if (options.bins > 1'000'000) part.fail("has ", options.bins, " bins");
  return options;
}

/// Known: KnownTypes<T>.
template <template <class> class Known, class T>
void add_known_transformers(Known<T>& known) {
  using Part = ModelPart<T>;
  using Any = AnyTransformer<T>;
  using Plain = TransformerMaps<T, NoOptions>;
  using Splines = TransformerMaps<T, SplineOptions<T>>;
  constexpr int dynamic = Eigen::Dynamic;
  known.add_transformer(
      "AdditiveTransformer", +[](const Part& part) {
        return loaded_transformer(part, {}, NoOptions{}, maps_of<AdditiveTransformer<T>, NoOptions>());
      });
  known.add_transformer(
      "AffineTransformer", +[](const Part& part) {
        return loaded_transformer(part, {"scale"}, NoOptions{},
                                  with_policy<Plain>(part, "scale", KnownScaleMaps{}, []<class Map>(Map) {
                                    return maps_of<AffineTransformer<T, Map>, NoOptions>();
                                  }));
      });
  known.add_transformer(
      "FormulaTransformer", +[](const Part& part) {
        return loaded_transformer(part, {"formula"}, NoOptions{},
                                  with_policy<Plain>(part, "formula", KnownFormulas{}, []<class F>(F) {
                                    return maps_of<FormulaTransformer<T, F>, NoOptions>();
                                  }));
      });
  known.add_transformer(
      "RationalQuadraticSpline", +[](const Part& part) {
        return loaded_transformer(
            part, {"edges", "map"}, spline_options(part),
            with_policy<Splines>(part, "edges", KnownSplineEdges{}, [&]<class Edges>(Edges) {
              using Maps = std::conditional_t<std::is_same_v<Edges, spline_edges::Interval>, KnownSplineMapsOfInterval,
                                              KnownSplineMaps>;
              return with_policy<Splines>(part, "map", Maps{}, []<class Map>(Map) {
                return maps_of<RationalQuadraticSpline<T, dynamic, Edges, Map>, SplineOptions<T>>();
              });
            }));
      });
  known.add_transformer(
      "LinearSpline", +[](const Part& part) {
        return loaded_transformer(part, {"map"}, spline_options(part),
                                  with_policy<Splines>(part, "map", KnownBinMaps{}, []<class Map>(Map) {
                                    return maps_of<LinearSpline<T, dynamic, Map>, SplineOptions<T>>();
                                  }));
      });
  known.add_transformer(
      "InvertTransformer",
      +[](const Part& part) -> Any { return InvertTransformer<Any>{part.transformer("transformer")}; });
  known.add_transformer(
      "PerCoordinate", +[](const Part& part) -> Any {
        return DynamicPerCoordinate<Any>(part.template values<int>("which"), part.transformers("transformers"));
      });
}

}  // namespace bijou::detail

#pragma once

#include <bijou/core/policy_name.hpp>
#include <bijou/flows/recipes.hpp>
#include <bijou/transformers/formulas.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <bijou/transformers/spline_edges.hpp>
#include <bijou/transformers/spline_maps.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The policies of transformers and distributions that files of this library may name.
namespace bijou::detail {

template <class... Policies>
struct PolicyList {};

template <class... Policies>
std::vector<std::string_view> names_of(PolicyList<Policies...>) {
  return {policy_name<Policies>...};
}

/// "a, b, c"
inline std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

using KnownScaleMaps =
    PolicyList<scale_maps::BoundedExp, scale_maps::SoftClippedExp, scale_maps::Exp, scale_maps::SoftplusFloor,
               scale_maps::SigmoidFloor, scale_maps::TanhClippedExp, FlowJaxScale>;
using KnownSplineEdges =
    PolicyList<spline_edges::IdentityTails, spline_edges::LinearTails, spline_edges::Interval, spline_edges::Circular>;
using KnownSplineMaps = PolicyList<spline_maps::SoftClipped<>, spline_maps::SoftplusFloor>;
/// Those of madnis and FlowJAX are for intervals only.
using KnownSplineMapsOfInterval = PolicyList<spline_maps::SoftClipped<>, spline_maps::SoftplusFloor,
                                             spline_maps::NormalizedSoftplusFloor, spline_maps::HalvedEnds>;
using KnownBinMaps = PolicyList<spline_maps::Softmax, spline_maps::SoftClipped<>, spline_maps::SoftplusFloor>;
using KnownFormulas = PolicyList<formulas::Sigmoid, formulas::Tanh, formulas::Softplus, formulas::Exp, formulas::Power,
                                 formulas::LeakyRelu, formulas::SinhArcsinh, formulas::NormalCdf, formulas::Cosine>;
/// The scale maps of conditional distributions: the default, and that of nflows.
using KnownConditionalScales = PolicyList<scale_maps::SoftClippedExp, scale_maps::Exp>;

}  // namespace bijou::detail

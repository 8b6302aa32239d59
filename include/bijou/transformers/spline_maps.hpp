#pragma once

#include <bijou/core/policy_name.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <cmath>
#include <concepts>

namespace bijou {

/// A logit of a softmax as a function of the network's output, and its derivative.
template <class V>
struct SoftmaxLogit {
  /// The logit.
  V value;
  /// Its derivative.
  V slope;
};

/// How raw numbers become the sizes of the bins of a spline: n logits, a softmax, and a floor, which give the share of
/// a bin in the interval. A policy with no state:
///
/// @f[ \text{share}_k = \text{floor}(n) + (1 - n\,\text{floor}(n))\,\text{softmax}_k(\text{logit}(a)) @f]
///
/// | member | meaning |
/// |---|---|
/// | `logit(a)` | the `Logit` of a SIMD packet of raw numbers |
/// | `bounded` | whether all logits lie between -60 and 60; else the largest is subtracted |
/// | `floor(n)` | the least share, n floor(n) < 1 |
/// | `halves_ends` | whether the first and the last bin are the halves of the first share, so that n shares make n + 1 bins |
template <class M>
concept BinMap = requires(Simd<float> f, Simd<double> d) {
  { M::logit(f) } -> std::same_as<SoftmaxLogit<Simd<float>>>;
  { M::logit(d) } -> std::same_as<SoftmaxLogit<Simd<double>>>;
  { M::bounded } -> std::convertible_to<bool>;
  { M::floor(2) } -> std::convertible_to<double>;
  { M::halves_ends } -> std::convertible_to<bool>;
};

/// A BinMap with a map for the slopes at the knots, `Slope`, and the raw number `unit_slope` for which that is 1.
template <class M>
concept SplineMap = BinMap<M> && ScaleMap<typename M::Slope> && requires {
  { M::unit_slope } -> std::convertible_to<double>;
};

namespace spline_maps {

/// The softmax of the raw numbers themselves: nflows' piecewise linear map.
///
/// @f[ \text{share}_k = \frac{e^{a_k}}{\sum_j e^{a_j}} @f]
struct Softmax {
  static constexpr bool bounded = false;
  static constexpr bool halves_ends = false;
  static constexpr double floor(Index) { return 0; }
  template <class V>
  static SoftmaxLogit<V> logit(V a) {
    return {a, V::of(1)};
  }
};

/// zuko's, with c = ln 1000, so that no bin is narrower than a thousandth of another and all slopes lie between 1e-3
/// and 1e3. All raw numbers 0 give the identity.
///
/// @f[
///   \text{share}_k = \text{softmax}_k\frac{a}{1 + 2 |a| / c}, \qquad \text{slope} = \exp\frac{a}{1 + |a| / c}
/// @f]
///
/// S: the map of the slopes, whose `bound` is c; zuko 1.0.1 to 1.4.1 have c = ln 10000.
template <ScaleMap S = scale_maps::SoftClippedExp>
struct SoftClipped : Softmax {
  using Slope = S;
  static constexpr double unit_slope = 0;
  static constexpr bool bounded = true;
  template <class V>
  static SoftmaxLogit<V> logit(V a) {
    const V r = V::of(1) / multiply_add(abs(a), V::of(2 / S::bound), V::of(1));
    return {a * r, r * r};
  }
};

/// nflows': a softmax and slopes with floors. All raw numbers 0 give slopes of 0.694, not the identity.
///
/// @f[
///   \text{share}_k = 10^{-3} + (1 - 10^{-3} n)\,\text{softmax}_k(a), \qquad \text{slope} = \ln(1 + e^a) + 10^{-3}
/// @f]
struct SoftplusFloor : Softmax {
  using Slope = scale_maps::SoftplusFloor;
  static constexpr double unit_slope = 0.53974241723695723;  // ln(e^0.999 - 1)
  static constexpr double floor(Index) { return 1e-3; }
};

/// The same with the raw sizes of bins divided by the square root of Units: nflows' coupling transforms, when their
/// network has so many hidden units.
///
/// @f[ \text{share}_k = 10^{-3} + (1 - 10^{-3} n)\,\text{softmax}_k\bigl(a / \sqrt{\text{Units}}\bigr) @f]
template <int Units>
struct SoftplusFloorPerUnits : SoftplusFloor {
  static_assert(Units > 0, "SoftplusFloorPerUnits: a network has at least one hidden unit");
  template <class V>
  static SoftmaxLogit<V> logit(V a) {
    const V r = V::of(1 / std::sqrt(static_cast<double>(Units)));
    return {a * r, r};
  }
};

/// madnis': bins as in SoftplusFloor. All raw numbers 0 give the identity.
///
/// @f[ \text{slope} = \frac{\ln(1 + e^a) + 10^{-3}}{\ln 2 + 10^{-3}} @f]
struct NormalizedSoftplusFloor : SoftplusFloor {
  /// softplus with a floor, divided so that all raw numbers 0 make slopes of 1.
  struct Slope {
    template <class V>
    static V scale(V a) {
      return scale_maps::SoftplusFloor::scale(a) * V::of(1 / 0.69414718055994531);
    }
    template <class V>
    static V log_scale(V a) {
      return log(scale(a));
    }
    template <class V>
    static V log_scale_slope(V a) {
      return scale_maps::SoftplusFloor::log_scale_slope(a);
    }
  };
  static constexpr double unit_slope = 0;
};

/// FlowJAX's (19.1): the least width and height is 1e-3 in the units of the data, in an interval of Length of them. As
/// in HalvedEnds the raw slope `unit_slope` belongs to the outputs.
///
/// @f[ \text{share}_k = \epsilon + (1 - n \epsilon)\,\text{softmax}_k(a), \qquad \epsilon = 10^{-3} / \text{Length} @f]
template <int Length>
struct LeastWidth : SoftplusFloor {
  static_assert(Length > 0, "LeastWidth: an interval has a length");
  static constexpr double floor(Index) { return 1e-3 / Length; }
};

/// FlowJAX's (17.2): the first of n shares is cut in two for both ends; slopes as in SoftplusFloor. FlowJAX adds the
/// raw slope `unit_slope` to its networks' outputs, which makes it start as the identity; here it belongs to the
/// outputs.
///
/// @f[ \text{share}_k = \frac{\text{softmax}_k(a) + 0.01 / n}{1.01} @f]
struct HalvedEnds : SoftplusFloor {
  static constexpr bool halves_ends = true;
  static constexpr double floor(Index n) { return 0.01 / 1.01 / static_cast<double>(n); }
};

}  // namespace spline_maps
template <>
inline constexpr std::string_view policy_name<spline_maps::Softmax> = "Softmax";
template <>
inline constexpr std::string_view policy_name<spline_maps::SoftplusFloor> = "SoftplusFloor";
template <>
inline constexpr std::string_view policy_name<spline_maps::NormalizedSoftplusFloor> = "NormalizedSoftplusFloor";
template <>
inline constexpr std::string_view policy_name<spline_maps::HalvedEnds> = "HalvedEnds";
template <>
inline constexpr std::string_view policy_name<spline_maps::SoftClipped<>> = "SoftClipped";
namespace detail {

template <int Units>
inline constexpr NumberedName per_units_name{"SoftplusFloorPerUnits", Units};
template <int Length>
inline constexpr NumberedName least_width_name{"LeastWidth", Length};

}  // namespace detail

template <int Units>
inline constexpr std::string_view policy_name<spline_maps::SoftplusFloorPerUnits<Units>> =
    detail::per_units_name<Units>.text();
template <int Length>
inline constexpr std::string_view policy_name<spline_maps::LeastWidth<Length>> =
    detail::least_width_name<Length>.text();

}  // namespace bijou

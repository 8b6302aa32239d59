#pragma once

#include <bijou/core/policy_name.hpp>
#include <bijou/numerics/simd.hpp>
#include <concepts>

namespace bijou {

/// A scale map turns an unconstrained number a into a scale s(a) > 0. A policy with no state; V is a SIMD packet with
/// the operators of a number: `scale(a)`, `log_scale(a)` = ln s(a), `log_scale_slope(a)` = d ln s/da. None of them may
/// settle among subnormal numbers, with which some processors compute a hundred times slower; 0 stands for these.
template <class M>
concept ScaleMap = requires(Simd<float> f, Simd<double> d) {
  { M::scale(f) } -> std::same_as<Simd<float>>;
  { M::log_scale(f) } -> std::same_as<Simd<float>>;
  { M::log_scale_slope(f) } -> std::same_as<Simd<float>>;
  { M::scale(d) } -> std::same_as<Simd<double>>;
  { M::log_scale(d) } -> std::same_as<Simd<double>>;
  { M::log_scale_slope(d) } -> std::same_as<Simd<double>>;
};

namespace scale_maps {

/// The exponential, as in Papamakarios et al. 2017 (MAF). Not bounded: 0 or infinite in T beyond the range of exp.
///
/// @f[ s = e^a @f]
struct Exp {
  template <class V>
  static V scale(V a) {
    return exp(a);
  }
  template <class V>
  static V log_scale(V a) {
    return a;
  }
  template <class V>
  static V log_scale_slope(V) {
    return V::of(1);
  }
};

/// A soft clip of the logarithm to (-c, c) with c = Self::bound.
///
/// @f[ \ln s = \frac{a}{1 + |a| / c} @f]
template <class Self>
struct SoftClip {
  template <class V>
  static V scale(V a) {
    return exp(log_scale(a));
  }
  template <class V>
  static V log_scale(V a) {
    const V x = bounded(a);
    return x / (V::of(1) + abs(x) * inverse_bound<V>());
  }
  template <class V>
  static V log_scale_slope(V a) {
    const V u = V::of(1) + abs(bounded(a)) * inverse_bound<V>();
    return V::of(1) / (u * u);
  }

 private:
  // ln s is constant beyond, and u^2 would overflow.
  template <class V>
  static V bounded(V a) {
    return minimum(maximum(a, V::of(-1e18)), V::of(1e18));
  }
  template <class V>
  static V inverse_bound() {
    return V::of(1 / Self::bound);
  }
};

/// Scales with 0.05 < s < 20: the default. A layer of a flow then magnifies rounding by 20 at most, in either
/// direction. With zuko's bound of 1000, trained flows of five to eight layers in float give a few draws in 100,000
/// another density on the way back than on the way there; with 20 none, at the same or lower losses on two moons and on
/// tables of measurements (docs/design.md).
///
/// @f[ \ln s = \frac{a}{1 + |a| / 3} @f]
struct BoundedExp : SoftClip<BoundedExp> {
  static constexpr double bound = 3;
};

/// The same with 1e-3 < s < 1e3: zuko's soft clip with slope 1e-3.
///
/// @f[ \ln s = \frac{a}{1 + |a| / \ln 1000} @f]
struct SoftClippedExp : SoftClip<SoftClippedExp> {
  static constexpr double bound = 6.907755278982137052;
};

/// Scales with 0.135 < s < 7.4: FrEIA's AllInOneBlock with its affine_clamping of 2, up to a factor of the network.
///
/// @f[ \ln s = 2 \tanh a @f]
struct TanhClippedExp {
  template <class V>
  static V scale(V a) {
    return exp(log_scale(a));
  }
  template <class V>
  static V log_scale(V a) {
    return V::of(2) * tanh(a);
  }
  template <class V>
  static V log_scale_slope(V a) {
    const auto s = sigmoid_pair(a + a);  // 1 - tanh^2 = 4 s (1 - s)
    return normal_or_zero(V::of(8) * s.value * s.complement);
  }
};

/// Scales above 1e-3: nflows' masked affine autoregressive transform.
///
/// @f[ s = \ln(1 + e^a) + 10^{-3} @f]
struct SoftplusFloor {
  template <class V>
  static V scale(V a) {
    return softplus(a) + V::of(1e-3);
  }
  template <class V>
  static V log_scale(V a) {
    return log(scale(a));
  }
  template <class V>
  static V log_scale_slope(V a) {
    return normal_or_zero(sigmoid(a) / scale(a));
  }
};

/// Scales between 1e-3 and 1.001: nflows' affine coupling transform.
///
/// @f[ s = \frac{1}{1 + e^{-(a + 2)}} + 10^{-3} @f]
struct SigmoidFloor {
  template <class V>
  static V scale(V a) {
    return sigmoid(a + V::of(2)) + V::of(1e-3);
  }
  template <class V>
  static V log_scale(V a) {
    return log(scale(a));
  }
  template <class V>
  static V log_scale_slope(V a) {
    const auto s = sigmoid_pair(a + V::of(2));
    return normal_or_zero(s.value * s.complement / (s.value + V::of(1e-3)));
  }
};

}  // namespace scale_maps
template <>
inline constexpr std::string_view policy_name<scale_maps::Exp> = "Exp";
template <>
inline constexpr std::string_view policy_name<scale_maps::BoundedExp> = "BoundedExp";
template <>
inline constexpr std::string_view policy_name<scale_maps::SoftClippedExp> = "SoftClippedExp";
template <>
inline constexpr std::string_view policy_name<scale_maps::TanhClippedExp> = "TanhClippedExp";
template <>
inline constexpr std::string_view policy_name<scale_maps::SoftplusFloor> = "SoftplusFloor";
template <>
inline constexpr std::string_view policy_name<scale_maps::SigmoidFloor> = "SigmoidFloor";

}  // namespace bijou

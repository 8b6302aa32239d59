#pragma once

#include <bijou/numerics/simd.hpp>
#include <concepts>

namespace bijou {

/// A scale map turns an unconstrained number a into a scale s(a) > 0. A policy with no state; V is a SIMD packet with
/// the operators of a number: `scale(a)`, `log_scale(a)` = ln s(a), `log_scale_slope(a)` = d ln s/da.
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

/// s = e^a, as in Papamakarios et al. 2017 (MAF). Not bounded.
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

/// ln s = a / (1 + |a| / c), c = ln 1000, so 1e-3 < s < 1e3: zuko's soft clip with slope 1e-3.
struct SoftClippedExp {
  template <class V>
  static V scale(V a) {
    return exp(log_scale(a));
  }
  template <class V>
  static V log_scale(V a) {
    return a / (V::of(1) + abs(a) * inverse_bound<V>());
  }
  template <class V>
  static V log_scale_slope(V a) {
    const V u = V::of(1) + abs(a) * inverse_bound<V>();
    return V::of(1) / (u * u);
  }

 private:
  template <class V>
  static V inverse_bound() {
    return V::of(1 / 6.907755278982137052);
  }
};

/// s = ln(1 + e^a) + 1e-3: nflows' masked affine autoregressive transform.
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
    return sigmoid(a) / scale(a);
  }
};

/// s = 1 / (1 + e^-(a + 2)) + 1e-3: nflows' affine coupling transform.
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
    const V u = a + V::of(2);
    return sigmoid(u) * sigmoid(-u) / scale(a);
  }
};

}  // namespace scale_maps
}  // namespace bijou

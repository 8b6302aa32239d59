#pragma once

#include <bijou/numerics/simd.hpp>
#include <concepts>

namespace bijou {

/// An activation is a policy with no state: h = value(a), and dh/da = derivative(a, h). V is a SIMD packet with the
/// operators of a number. `derivative_needs_input` says whether derivative reads a; if it does not, a network does not
/// keep a.
///
/// @code{.cpp}
/// struct Softsign {  // h = a / (1 + |a|), dh/da = (1 - |h|)^2
///   static constexpr bool derivative_needs_input = false;
///   template <class V> static V value(V a) { return a / (V::of(1) + abs(a)); }
///   template <class V> static V derivative(V, V h) { const V d = V::of(1) - abs(h); return d * d; }
/// };
/// @endcode
template <class A>
concept Activation = requires(Simd<float> f, Simd<double> d) {
  { A::derivative_needs_input } -> std::convertible_to<bool>;
  { A::value(f) } -> std::same_as<Simd<float>>;
  { A::derivative(f, f) } -> std::same_as<Simd<float>>;
  { A::value(d) } -> std::same_as<Simd<double>>;
  { A::derivative(d, d) } -> std::same_as<Simd<double>>;
};

namespace activations {

/// h = max(a, 0); the derivative at 0 is 0.
struct Relu {
  static constexpr bool derivative_needs_input = false;
  template <class V>
  static V value(V a) {
    return maximum(a, V::of(0));
  }
  template <class V>
  static V derivative(V, V h) {
    return select(V::of(0) < h, V::of(1), V::of(0));
  }
};

/// h = a for a > 0, otherwise 0.01 a (torch's default slope).
struct LeakyRelu {
  static constexpr bool derivative_needs_input = false;
  template <class V>
  static V value(V a) {
    return maximum(a, V::of(0.01) * a);
  }
  template <class V>
  static V derivative(V, V h) {
    return select(V::of(0) < h, V::of(1), V::of(0.01));
  }
};

/// h = tanh a, dh/da = 1 - h^2.
struct Tanh {
  static constexpr bool derivative_needs_input = false;
  template <class V>
  static V value(V a) {
    return tanh(a);
  }
  template <class V>
  static V derivative(V, V h) {
    return V::of(1) - h * h;
  }
};

/// h = 1 / (1 + e^-a), dh/da = h (1 - h).
struct Sigmoid {
  static constexpr bool derivative_needs_input = false;
  template <class V>
  static V value(V a) {
    return sigmoid(a);
  }
  template <class V>
  static V derivative(V, V h) {
    return h * (V::of(1) - h);
  }
};

/// h = a for a > 0, otherwise e^a - 1; dh/da = 1 or h + 1.
struct Elu {
  static constexpr bool derivative_needs_input = false;
  template <class V>
  static V value(V a) {
    return maximum(a, V::of(0)) + expm1(minimum(a, V::of(0)));
  }
  template <class V>
  static V derivative(V, V h) {
    return minimum(h, V::of(0)) + V::of(1);
  }
};

/// h = ln(1 + e^a), dh/da = sigmoid(a).
struct Softplus {
  static constexpr bool derivative_needs_input = true;
  template <class V>
  static V value(V a) {
    return softplus(a);
  }
  template <class V>
  static V derivative(V a, V) {
    return sigmoid(a);
  }
};

/// h = a sigmoid(a), dh/da = s (1 + a (1 - s)) with s = sigmoid(a).
struct Silu {
  static constexpr bool derivative_needs_input = true;
  template <class V>
  static V value(V a) {
    return a * sigmoid(a);
  }
  template <class V>
  static V derivative(V a, V) {
    const V s = sigmoid(a);
    return s * (V::of(1) + a * (V::of(1) - s));
  }
};

/// h = a/2 (1 + tanh u), u = sqrt(2/pi) (a + 0.044715 a^3): the tanh form of Hendrycks and Gimpel 2016.
struct Gelu {
  static constexpr bool derivative_needs_input = true;
  template <class V>
  static V value(V a) {
    return V::of(0.5) * a * (V::of(1) + tanh(inner(a)));
  }
  template <class V>
  static V derivative(V a, V) {
    const V t = tanh(inner(a));
    const V slope = root_2_over_pi<V>() * (V::of(1) + V::of(3) * cubic<V>() * a * a);
    return V::of(0.5) * (V::of(1) + t) + V::of(0.5) * a * (V::of(1) - t * t) * slope;
  }

 private:
  template <class V>
  static V inner(V a) {
    return root_2_over_pi<V>() * (a + cubic<V>() * a * a * a);
  }
  template <class V>
  static V root_2_over_pi() {
    return V::of(0.79788456080286535588);
  }
  template <class V>
  static V cubic() {
    return V::of(0.044715);
  }
};

}  // namespace activations
}  // namespace bijou

#pragma once

#include <bijou/core/policy_name.hpp>
#include <bijou/numerics/simd.hpp>
#include <concepts>

namespace bijou {

/// An activation is a policy with no state: h = value(a), and dh/da = derivative(a, h). V is a SIMD packet with the
/// operators of a number. Where one saturates, value and derivative must not be subnormal numbers, with which some
/// processors compute a hundred times slower: bijou's exp, sigmoid and softplus return 0 there.
/// `derivative_needs_input` says whether derivative reads a; if it does not, a network does not keep a.
///
/// @f[ h = A(a), \qquad \frac{dh}{da} = A^\prime(a) @f]
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

/// The rectifier; the derivative at 0 is 0.
///
/// @f[ h = \max(a, 0) @f]
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

/// A rectifier that lets a hundredth of negative numbers through (torch's default slope).
///
/// @f[ h = \max(a, 0.01\,a) @f]
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

/// The hyperbolic tangent.
///
/// @f[ h = \tanh a, \qquad \frac{dh}{da} = 1 - h^2 @f]
struct Tanh {
  static constexpr bool derivative_needs_input = false;
  template <class V>
  static V value(V a) {
    return tanh(a);
  }
  template <class V>
  static V derivative(V, V h) {
    return (V::of(1) - h) * (V::of(1) + h);  // 1 - |h| is exact near saturation, h^2 is not
  }
};

/// The logistic function.
///
/// @f[ h = \frac{1}{1 + e^{-a}}, \qquad \frac{dh}{da} = h (1 - h) @f]
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

/// Exponential for negative numbers. Clevert, Unterthiner and Hochreiter 2016, Fast and Accurate Deep Network Learning
/// by Exponential Linear Units, with their alpha = 1.
///
/// @f[ h = \max(a, 0) + e^{\min(a, 0)} - 1, \qquad \frac{dh}{da} = \min(h, 0) + 1 @f]
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

/// A smooth rectifier. Dugas, Bengio, Belisle, Nadeau and Garcia 2001, Incorporating Second-Order Functional Knowledge
/// for Better Option Pricing.
///
/// @f[ h = \ln(1 + e^a), \qquad \frac{dh}{da} = \frac{1}{1 + e^{-a}} @f]
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

/// A number times its logistic function. Elfwing, Uchibe and Doya 2018, Sigmoid-Weighted Linear Units for Neural
/// Network Function Approximation in Reinforcement Learning; as Swish in Ramachandran, Zoph and Le 2017, Searching for
/// Activation Functions.
///
/// @f[ h = a s, \qquad \frac{dh}{da} = s\,\bigl(1 + a (1 - s)\bigr), \qquad s = \frac{1}{1 + e^{-a}} @f]
struct Silu {
  static constexpr bool derivative_needs_input = true;
  template <class V>
  static V value(V a) {
    return maximum(a, V::of(-saturated)) * sigmoid(a);
  }
  template <class V>
  static V derivative(V a, V) {
    const V bounded = minimum(maximum(a, V::of(-saturated)), V::of(saturated));
    const auto s = sigmoid_pair(bounded);
    return s.value * (V::of(1) + bounded * s.complement);
  }

 private:
  static constexpr int saturated = 1000;  // e^-1000 is 0; beyond, an infinite a would give 0 inf
};

/// The tanh form of Hendrycks and Gimpel 2016, Gaussian Error Linear Units. Computed as h = a s, dh/da = s (1 + 2 a u'
/// (1 - s)) with s = sigmoid(2 u), which keeps its last places where 1 + tanh u would cancel.
///
/// @f[ h = \frac{a}{2} (1 + \tanh u), \qquad u = \sqrt{\frac{2}{\pi}}\,(a + 0.044715\,a^3) @f]
struct Gelu {
  static constexpr bool derivative_needs_input = true;
  template <class V>
  static V value(V a) {
    const V above = maximum(a, V::of(-saturated));
    const V bounded = minimum(above, V::of(saturated));
    return above * sigmoid(bounded * factor(bounded * bounded));
  }
  template <class V>
  static V derivative(V a, V) {
    const V bounded = minimum(maximum(a, V::of(-saturated)), V::of(saturated));
    const V square = bounded * bounded;
    const auto s = sigmoid_pair(bounded * factor(square));
    const V slope = V::of(2 * root_2_over_pi) + V::of(6 * root_2_over_pi * cubic) * square;  // 2 u'
    return s.value * (V::of(1) + bounded * slope * s.complement);
  }

 private:
  static constexpr double root_2_over_pi = 0.79788456080286535588;
  static constexpr double cubic = 0.044715;
  static constexpr int saturated = 30;  // e^-2u is 0; beyond, a^3 may overflow

  // 2 u / a from a^2.
  template <class V>
  static V factor(V square) {
    return V::of(2 * root_2_over_pi) + V::of(2 * root_2_over_pi * cubic) * square;
  }
};

}  // namespace activations
template <>
inline constexpr std::string_view policy_name<activations::Relu> = "Relu";
template <>
inline constexpr std::string_view policy_name<activations::LeakyRelu> = "LeakyRelu";
template <>
inline constexpr std::string_view policy_name<activations::Tanh> = "Tanh";
template <>
inline constexpr std::string_view policy_name<activations::Sigmoid> = "Sigmoid";
template <>
inline constexpr std::string_view policy_name<activations::Elu> = "Elu";
template <>
inline constexpr std::string_view policy_name<activations::Softplus> = "Softplus";
template <>
inline constexpr std::string_view policy_name<activations::Silu> = "Silu";
template <>
inline constexpr std::string_view policy_name<activations::Gelu> = "Gelu";

}  // namespace bijou

#pragma once

#include <bijou/core/policy_name.hpp>
#include <bijou/transformers/formula.hpp>
#include <array>

/// Maps of one coordinate by formula, for FormulaTransformer: `FormulaTransformer<float, formulas::Tanh>`. Those the
/// other way round (logit, log, the normal quantile) are InvertTransformer of these; as bijectors they have names of
/// their own in bijectors/elementwise_formulas.hpp.
namespace bijou::formulas {

/// The logistic function; fills (0, 1).
///
/// @f[ x = \frac{1}{1 + e^{-z}}, \qquad \ln\frac{dx}{dz} = -\ln(1 + e^z) - \ln(1 + e^{-z}) @f]
struct Sigmoid {
  static constexpr Interval range{0, 1};
  template <class V>
  static V value(V z) {
    return sigmoid(z);
  }
  template <class V>
  static V inverse(V x) {
    return log(x / (V::of(1) - x));
  }
  template <class V>
  static V log_slope(V z) {
    return -(softplus(z) + softplus(-z));
  }
  template <class V>
  static V log_slope_derivative(V z) {
    const auto s = sigmoid_pair(z);
    return s.complement - s.value;
  }
};

/// The hyperbolic tangent; fills (-1, 1).
///
/// @f[ x = \tanh z, \qquad \ln\frac{dx}{dz} = -2 \ln\cosh z @f]
struct Tanh {
  static constexpr Interval range{-1, 1};
  template <class V>
  static V value(V z) {
    return tanh(z);
  }
  template <class V>
  static V inverse(V x) {
    return V::of(0.5) * (log1p(x) - log1p(-x));
  }
  template <class V>
  static V log_slope(V z) {
    return V::of(-2) * log_cosh(z);
  }
  template <class V>
  static V log_slope_derivative(V z) {
    return V::of(-2) * tanh(z);
  }
};

/// Linear for large z, exponential for small; fills (0, infinity).
///
/// @f[ x = \ln(1 + e^z), \qquad \ln\frac{dx}{dz} = -\ln(1 + e^{-z}) @f]
struct Softplus {
  static constexpr Interval range{.low = 0};
  template <class V>
  static V value(V z) {
    return softplus(z);
  }
  template <class V>
  static V inverse(V x) {
    return x + log(-expm1(-x));
  }
  template <class V>
  static V log_slope(V z) {
    return -softplus(-z);
  }
  template <class V>
  static V log_slope_derivative(V z) {
    return sigmoid(-z);
  }
};

/// The exponential function; fills (0, infinity).
///
/// @f[ x = e^z, \qquad \ln\frac{dx}{dz} = z @f]
struct Exp {
  static constexpr Interval range{.low = 0};
  template <class V>
  static V value(V z) {
    return exp(z);
  }
  template <class V>
  static V inverse(V x) {
    return log(x);
  }
  template <class V>
  static V log_slope(V z) {
    return z;
  }
  template <class V>
  static V log_slope_derivative(V) {
    return V::of(1);
  }
};

/// A power, with p the parameter; from (0, infinity) to (0, infinity). p = 0: x = z.
///
/// @f[ x = z^c, \qquad \ln\frac{dx}{dz} = p + (c - 1) \ln z, \qquad c = e^p @f]
struct Power {
  static constexpr int parameters = 1;
  static constexpr Interval domain{.low = 0};
  static constexpr Interval range{.low = 0};
  template <class V>
  static V value(V z, std::array<V, 1> p) {
    return exp(exp(p[0]) * log(z));
  }
  template <class V>
  static V inverse(V x, std::array<V, 1> p) {
    return exp(exp(-p[0]) * log(x));
  }
  template <class V>
  static V log_slope(V z, std::array<V, 1> p) {
    return p[0] + expm1(p[0]) * log(z);
  }
  template <class V>
  static std::array<V, 1> value_gradient(V z, std::array<V, 1> p) {
    const V power = exp(p[0]) * log(z);
    return {exp(power) * power};
  }
  template <class V>
  static std::array<V, 2> log_slope_gradient(V z, std::array<V, 1> p) {
    return {expm1(p[0]) / z, V::of(1) + exp(p[0]) * log(z)};
  }
};

/// Another slope for negative numbers, with p the parameter: ln 0.01 for the usual slope. p = 0: x = z. Maas et al.
/// 2013; with a trained slope He et al. 2015, equation 1.
///
/// @f[ x = \max(z, 0) + e^p \min(z, 0), \qquad \ln\frac{dx}{dz} = p\,[z < 0] @f]
struct LeakyRelu {
  static constexpr int parameters = 1;
  template <class V>
  static V value(V z, std::array<V, 1> p) {
    return select(z < V::of(0), exp(p[0]) * z, z);
  }
  template <class V>
  static V inverse(V x, std::array<V, 1> p) {
    return select(x < V::of(0), exp(-p[0]) * x, x);
  }
  template <class V>
  static V log_slope(V z, std::array<V, 1> p) {
    return select(z < V::of(0), p[0], V::of(0));
  }
  template <class V>
  static std::array<V, 1> value_gradient(V z, std::array<V, 1> p) {
    return {select(z < V::of(0), exp(p[0]) * z, V::of(0))};
  }
  template <class V>
  static std::array<V, 2> log_slope_gradient(V z, std::array<V, 1>) {
    return {V::of(0), select(z < V::of(0), V::of(1), V::of(0))};
  }
};

/// Skewness p0, and tails heavier than those of z for p1 > 0. p = 0: x = z. Jones & Pewsey 2009, Sinh-arcsinh
/// distributions, equation 1, with the map from the normal to the data.
///
/// @f[
///   x = \sinh u, \qquad u = e^{p_1} (\operatorname{arsinh} z + p_0), \qquad \ln\frac{dx}{dz} = \ln\cosh u + p_1 -
///   \ln\cosh\operatorname{arsinh} z
/// @f]
struct SinhArcsinh {
  static constexpr int parameters = 2;
  template <class V>
  static V value(V z, std::array<V, 2> p) {
    return sinh(inner(z, p));
  }
  template <class V>
  static V inverse(V x, std::array<V, 2> p) {
    return sinh(asinh(x) * exp(-p[1]) - p[0]);
  }
  template <class V>
  static V log_slope(V z, std::array<V, 2> p) {
    return log_cosh(inner(z, p)) + p[1] - log_cosh(asinh(z));
  }
  template <class V>
  static std::array<V, 2> value_gradient(V z, std::array<V, 2> p) {
    const V u = inner(z, p);
    const V slope = exp(log_cosh(u));
    return {slope * exp(p[1]), slope * u};
  }
  template <class V>
  static std::array<V, 3> log_slope_gradient(V z, std::array<V, 2> p) {
    const V a = asinh(z);
    const V u = inner(z, p);
    const V t = exp(p[1]);
    return {(t * tanh(u) - tanh(a)) * exp(-log_cosh(a)), t * tanh(u), V::of(1) + u * tanh(u)};
  }

 private:
  template <class V>
  static V inner(V z, const std::array<V, 2>& p) {
    return exp(p[1]) * (asinh(z) + p[0]);
  }
};

/// The normal distribution function; fills (0, 1).
///
/// @f[ x = \Phi(z), \qquad \ln\frac{dx}{dz} = -\frac{z^2}{2} - \frac{\ln 2\pi}{2} @f]
struct NormalCdf {
  static constexpr Interval range{0, 1};
  template <class V>
  static V value(V z) {
    return normal_cdf(z);
  }
  template <class V>
  static V inverse(V x) {
    return normal_quantile(x);
  }
  template <class V>
  static V log_slope(V z) {
    return V::of(-0.5) * z * z - V::of(0.91893853320467274178);
  }
  template <class V>
  static V log_slope_derivative(V z) {
    return -z;
  }
};

/// The cosine, decreasing; from (0, pi) to (-1, 1): polar angles to the cosines that detectors are uniform in.
///
/// @f[ x = \cos z, \qquad \ln\left|\frac{dx}{dz}\right| = \ln\sin z @f]
struct Cosine {
  static constexpr Interval domain{0, 3.14159265358979323846};
  static constexpr Interval range{-1, 1};
  static constexpr bool decreasing = true;
  template <class V>
  static V value(V z) {
    return cosine_of_half_turn(z);
  }
  template <class V>
  static V inverse(V x) {
    return acos(x);
  }
  template <class V>
  static V log_slope(V z) {
    return log(sine_of_half_turn(z));
  }
  template <class V>
  static V log_slope_derivative(V z) {
    return cosine_of_half_turn(z) / sine_of_half_turn(z);
  }
};

}  // namespace bijou::formulas

namespace bijou {

template <>
inline constexpr std::string_view policy_name<formulas::Sigmoid> = "Sigmoid";
template <>
inline constexpr std::string_view policy_name<formulas::Tanh> = "Tanh";
template <>
inline constexpr std::string_view policy_name<formulas::Softplus> = "Softplus";
template <>
inline constexpr std::string_view policy_name<formulas::Exp> = "Exp";
template <>
inline constexpr std::string_view policy_name<formulas::Power> = "Power";
template <>
inline constexpr std::string_view policy_name<formulas::LeakyRelu> = "LeakyRelu";
template <>
inline constexpr std::string_view policy_name<formulas::SinhArcsinh> = "SinhArcsinh";
template <>
inline constexpr std::string_view policy_name<formulas::NormalCdf> = "NormalCdf";
template <>
inline constexpr std::string_view policy_name<formulas::Cosine> = "Cosine";

}  // namespace bijou

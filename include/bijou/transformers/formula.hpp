#pragma once

#include <bijou/core/policy_name.hpp>
#include <bijou/numerics/half_turn.hpp>
#include <bijou/numerics/normal_functions.hpp>
#include <bijou/numerics/open_interval.hpp>
#include <bijou/numerics/simd.hpp>
#include <bijou/transformers/transformer.hpp>
#include <array>
#include <cstddef>
#include <limits>

namespace bijou {

namespace detail {

template <class F>
constexpr std::size_t formula_parameters() {
  if constexpr (requires { F::parameters; })
    return static_cast<std::size_t>(F::parameters);
  else
    return 0;
}

/// Treats numbers as inside of all intervals, where a formula has none.
template <class T>
struct AllNumbers {
  using V = Simd<T>;
  static V inside(V x) { return x; }
  static V clamp_image(V x, V) { return x; }
  static V where_inside(V, V value, V) { return value; }
};

/// The numbers of an interval.
template <class T>
struct NumbersInside : OpenInterval<T> {
  using V = Simd<T>;
  using OpenInterval<T>::OpenInterval;
  /// value, or `otherwise` where x is outside.
  V where_inside(V x, V value, V otherwise) const { return select(this->outside(x), otherwise, value); }
};

template <class T, class F>
auto domain_of_formula() {
  if constexpr (requires { F::domain; })
    return NumbersInside<T>(F::domain);
  else
    return AllNumbers<T>{};
}

template <class T, class F>
auto range_of_formula() {
  if constexpr (requires { F::range; })
    return NumbersInside<T>(F::range);
  else
    return AllNumbers<T>{};
}

}  // namespace detail

/// A transformer from plain functions of one coordinate; the pullbacks follow from these.
///
/// @f[ x = f(z; p), \qquad \ln\left|\frac{dx}{dz}\right| = \ln|f^\prime(z; p)| @f]
///
/// T: float or double. F: a struct of static function templates, written once for numbers and for SIMD packets V, which
/// have the operators of numbers, exp, expm1, log, log1p, sqrt, tanh, sinh, asinh, log_cosh, abs, sigmoid, softplus,
/// normal_cdf, normal_quantile, maximum, minimum, `a < b` and select(a < b, yes, no):
///
/// | function | meaning |
/// |---|---|
/// | `value(z)` | x = f(z), strictly increasing |
/// | `inverse(x)` | z |
/// | `log_slope(z)` | ln\|df/dz\| |
/// | `log_slope_derivative(z)` | d/dz ln\|df/dz\| |
/// | `static constexpr bijou::Interval range{0, 1}` | optional: what f fills. No image lies outside or on a bound; the inverse of a number that does is 0 with a log-det of -infinity |
/// | `static constexpr bijou::Interval domain{0, 1}` | optional: where f is defined; the same for numbers that come in |
/// | `static constexpr bool decreasing = true` | optional: f is strictly decreasing |
///
/// With `static constexpr int parameters = K` each takes a std::array<V, K> p as well, and in the place of the last
/// come
///
/// | function | meaning |
/// |---|---|
/// | `value_gradient(z, p)` | std::array<V, K>: df/dp_k |
/// | `log_slope_gradient(z, p)` | std::array<V, K + 1>: d/dz and then d/dp_k of ln df/dz |
///
/// @code{.cpp}
/// struct Sinh {  // x = sinh(z)
///   template <class V>
///   static V value(V z) { return sinh(z); }
///   template <class V>
///   static V inverse(V x) { return asinh(x); }
///   template <class V>
///   static V log_slope(V z) { return log_cosh(z); }
///   template <class V>
///   static V log_slope_derivative(V z) { return tanh(z); }
/// };
/// const bijou::Elementwise<2, bijou::FormulaTransformer<float, Sinh>> f;
/// const Eigen::Vector2f x = f.forward(Eigen::Vector2f(0.5f, -1.0f));
/// @endcode
template <class T, class F>
struct FormulaTransformer {
  using Scalar = T;
  static constexpr const char* name = "FormulaTransformer";

  static constexpr auto members() { return Members<>{}; }
  static std::array<Policy, 1> policies() { return {{{"formula", policy_name<F>}}}; }
  static constexpr Index parameters_per_coordinate() { return static_cast<Index>(K); }

  void forward(TransformerEvaluation<T> e) const {
    const auto domain = detail::domain_of_formula<T, F>();
    const auto range = detail::range_of_formula<T, F>();
    for (Index n = 0; n < e.input.size(); n += V::size) {
      const V given = e.input.load(n);
      const V z = domain.inside(given);
      const Parameters p = load(e.parameters, n);
      const V x = call([](auto... a) { return F::value(a...); }, z, p);
      e.output.store(n, domain.where_inside(given, range.clamp_image(x, z), V::of(0)));
      e.log_det.add(n, domain.where_inside(given, log_slope(z, p), V(-infinity)));
    }
  }

  void inverse(TransformerEvaluation<T> e) const {
    const auto domain = detail::domain_of_formula<T, F>();
    const auto range = detail::range_of_formula<T, F>();
    for (Index n = 0; n < e.input.size(); n += V::size) {
      const V given = e.input.load(n);
      const V x = range.inside(given);
      const Parameters p = load(e.parameters, n);
      const V z = domain.clamp_image(call([](auto... a) { return F::inverse(a...); }, x, p), x);
      e.output.store(n, range.where_inside(given, z, V::of(0)));
      e.log_det.add(n, range.where_inside(given, -log_slope(z, p), V(-infinity)));
    }
  }

  // With l = ln|f'|, g = dL/dx and w = dL/dlog_det: dL/dz = +-g e^l + w dl/dz, dL/dp_k = g df/dp_k + w dl/dp_k.
  void forward_pullback(TransformerPullback<T> b) const {
    const auto domain = detail::domain_of_formula<T, F>();
    for (Index n = 0; n < b.input.size(); n += V::size) {
      const V given = b.input.load(n);
      const V z = domain.inside(given);
      const Parameters p = load(b.parameters, n);
      const V g = b.output_gradient.load(n);
      const V w = b.log_det_gradient.load(n);
      const auto [d_value, d_log_slope] = gradients_of(z, p);
      const V d_z = g * with_sign_of_slope(exp(log_slope(z, p))) + w * d_log_slope[0];
      b.input_gradient.store(n, domain.where_inside(given, d_z, V::of(0)));
      for (std::size_t k = 0; k < K; ++k) {
        const V d_p = g * d_value[k] + w * d_log_slope[k + 1];
        b.parameters_gradient.store(static_cast<Index>(k), n, domain.where_inside(given, d_p, V::of(0)));
      }
    }
  }

  // With g = dL/dz and h = +-(g - w dl/dz), since log_det = -l(z): dL/dx = h e^-l, dL/dp_k = -h e^-l df/dp_k - w
  // dl/dp_k.
  void inverse_pullback(TransformerPullback<T> b) const {
    const auto domain = detail::domain_of_formula<T, F>();
    const auto range = detail::range_of_formula<T, F>();
    for (Index n = 0; n < b.input.size(); n += V::size) {
      const V given = b.input.load(n);
      const V z = domain.inside(b.output.load(n));
      const Parameters p = load(b.parameters, n);
      const V w = b.log_det_gradient.load(n);
      const auto [d_value, d_log_slope] = gradients_of(z, p);
      const V d_z = b.output_gradient.load(n) - w * d_log_slope[0];
      const V d_x = d_z * with_sign_of_slope(exp(-log_slope(z, p)));
      b.input_gradient.store(n, range.where_inside(given, d_x, V::of(0)));
      for (std::size_t k = 0; k < K; ++k) {
        const V d_p = -(d_x * d_value[k] + w * d_log_slope[k + 1]);
        b.parameters_gradient.store(static_cast<Index>(k), n, range.where_inside(given, d_p, V::of(0)));
      }
    }
  }

 private:
  static constexpr std::size_t K = detail::formula_parameters<F>();
  static constexpr T infinity = std::numeric_limits<T>::infinity();
  using V = Simd<T>;
  using Parameters = std::array<V, K>;
  struct GradientsOfFormula {
    std::array<V, K> value;
    std::array<V, K + 1> log_slope;
  };

  static Parameters load(const ConstTile<T>& rows, Index n) {
    Parameters p;
    for (std::size_t k = 0; k < K; ++k) p[k] = rows.load(static_cast<Index>(k), n);
    return p;
  }

  template <class Function>
  static auto call(Function function, V z, [[maybe_unused]] const Parameters& p) {
    if constexpr (K == 0)
      return function(z);
    else
      return function(z, p);
  }

  static V log_slope(V z, const Parameters& p) {
    return call([](auto... a) { return F::log_slope(a...); }, z, p);
  }

  static V with_sign_of_slope(V size) {
    if constexpr (requires { F::decreasing; })
      return F::decreasing ? -size : size;
    else
      return size;
  }

  static GradientsOfFormula gradients_of(V z, [[maybe_unused]] const Parameters& p) {
    if constexpr (K == 0)
      return {{}, {F::log_slope_derivative(z)}};
    else
      return {F::value_gradient(z, p), F::log_slope_gradient(z, p)};
  }
};

}  // namespace bijou

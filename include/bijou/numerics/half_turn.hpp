#pragma once

#include <bijou/numerics/normal_functions.hpp>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// Sine, cosine and arc cosine between 0 and pi, for packets. The polynomials are those of Moshier, Cephes Mathematical
/// Library (sin.c, sinf.c, asin.c, asinf.c).
namespace bijou {
namespace detail {

/// pi in two parts, the first of them T's nearest number.
template <class T>
inline constexpr T pi_high = static_cast<T>(3.14159265358979323846L);
template <class T>
inline constexpr T pi_low = static_cast<T>(3.14159265358979323846264338L - static_cast<long double>(pi_high<T>));
template <>
inline constexpr double pi_low<double> = 1.22464679914735317636e-16;  // where long double is no wider

/// sin r for |r| <= pi / 4.
EIGEN_STRONG_INLINE Simd<float> sine_near_zero(Simd<float> r) {
  const Simd<float> square = r * r;
  return multiply_add(r * square, polynomial(square, -1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f), r);
}
EIGEN_STRONG_INLINE Simd<double> sine_near_zero(Simd<double> r) {
  const Simd<double> square = r * r;
  const Simd<double> p =
      polynomial(square, 1.58962301576546568060e-10, -2.50507477628578072866e-8, 2.75573136213857245213e-6,
                 -1.98412698295895385996e-4, 8.33333333332211858878e-3, -1.66666666666666307295e-1);
  return multiply_add(r * square, p, r);
}

/// cos r for |r| <= pi / 4.
EIGEN_STRONG_INLINE Simd<float> cosine_near_zero(Simd<float> r) {
  using V = Simd<float>;
  const V square = r * r;
  const V p = polynomial(square, 2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f);
  return V::of(1) - (V::of(0.5) * square - square * square * p);
}
EIGEN_STRONG_INLINE Simd<double> cosine_near_zero(Simd<double> r) {
  using V = Simd<double>;
  const V square = r * r;
  const V p = polynomial(square, -1.13585365213876817300e-11, 2.08757008419747316778e-9, -2.75573141792967388112e-7,
                         2.48015872888517045348e-5, -1.38888888888730564116e-3, 4.16666666666665929218e-2);
  return V::of(1) - (V::of(0.5) * square - square * square * p);
}

/// asin x for |x| <= 1/2.
EIGEN_STRONG_INLINE Simd<float> arc_sine_near_zero(Simd<float> x) {
  const Simd<float> square = x * x;
  return multiply_add(
      x * square,
      polynomial(square, 4.2163199048e-2f, 2.4181311049e-2f, 4.5470025998e-2f, 7.4953002686e-2f, 1.6666752422e-1f), x);
}
EIGEN_STRONG_INLINE Simd<double> arc_sine_near_zero(Simd<double> x) {
  const Simd<double> square = x * x;
  const Simd<double> p =
      polynomial(square, 4.253011369004428248960e-3, -6.019598008014123785661e-1, 5.444622390564711410273,
                 -1.626247967210700244449e1, 1.956261983317594739197e1, -8.198089802484824371615);
  const Simd<double> q = polynomial(square, 1.0, -1.474091372988853791896e1, 7.049610280856842141659e1,
                                    -1.471791292232726029859e2, 1.395105614657485689735e2, -4.918853881490881290097e1);
  return multiply_add(x * square, p / q, x);
}

/// An angle between 0 and pi as a distance of at most pi / 4 from 0, pi / 2 or pi.
template <class T>
struct FoldedAngle {
  Simd<T> rest;      // angle, pi / 2 - angle or pi - angle
  Simd<T> sideways;  // a mask: near pi / 2
  Simd<T> obtuse;    // a mask: beyond pi / 2
};

template <class T>
EIGEN_STRONG_INLINE FoldedAngle<T> fold(Simd<T> angle) {
  using V = Simd<T>;
  const V half_high(pi_high<T> / 2);
  const V half_low(pi_low<T> / 2);
  const V from_middle = (half_high - angle) + half_low;
  const V from_end = (V(pi_high<T>) - angle) + V(pi_low<T>);
  const V obtuse = half_high < angle;
  const V sideways = abs(from_middle) < V(pi_high<T> / 4);
  return {select(sideways, from_middle, select(obtuse, from_end, angle)), sideways, obtuse};
}

}  // namespace detail

/// @f$ \cos a @f$ for 0 <= a <= pi, within 3 units in the last place.
template <class T>
EIGEN_STRONG_INLINE Simd<T> cosine_of_half_turn(Simd<T> a) {
  const detail::FoldedAngle<T> x = detail::fold(a);
  const Simd<T> cosine = detail::cosine_near_zero(x.rest);
  return select(x.sideways, detail::sine_near_zero(x.rest), select(x.obtuse, -cosine, cosine));
}

/// @f$ \sin a @f$ for 0 <= a <= pi, within 3 units in the last place.
template <class T>
EIGEN_STRONG_INLINE Simd<T> sine_of_half_turn(Simd<T> a) {
  const detail::FoldedAngle<T> x = detail::fold(a);
  return select(x.sideways, detail::cosine_near_zero(x.rest), detail::sine_near_zero(x.rest));
}

/// @f$ \arccos x @f$, the angle between 0 and pi whose cosine is x, within 4 units in the last place; NaN outside
/// [-1, 1].
template <class T>
EIGEN_STRONG_INLINE Simd<T> acos(Simd<T> x) {
  using V = Simd<T>;
  const V half = V::of(0.5);
  const V size = abs(x);
  const V middle = (V(detail::pi_high<T> / 2) - detail::arc_sine_near_zero(maximum(minimum(x, half), -half))) +
                   V(detail::pi_low<T> / 2);
  // acos |x| = 2 asin sqrt((1 - |x|) / 2)
  const V angle = V::of(2) * detail::arc_sine_near_zero(sqrt(half * (V::of(1) - maximum(size, half))));
  const V end = select(x < V::of(0), (V(detail::pi_high<T>) - angle) + V(detail::pi_low<T>), angle);
  const V inside = select(size < half, middle, end);
  return select(V::of(1) < size, V(std::numeric_limits<T>::quiet_NaN()), inside);
}

}  // namespace bijou

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#pragma once

#include <bijou/numerics/simd.hpp>
#include <limits>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

namespace bijou::detail {

/// Value and slope of a function.
template <class T>
struct ValueAndSlope {
  Simd<T> value;
  Simd<T> slope;
};

/// The root of an increasing function between low and high, in every lane by itself: Newton's steps, or halves of the
/// bracket where a step leaves it or shrinks it too slowly (Press et al., Numerical Recipes, section 9.4, rtsafe). A
/// lane that has converged no longer changes, so that its result does not depend on the others. f(x) gives a
/// ValueAndSlope.
template <class T, class Function>
Simd<T> bracketed_root(Simd<T> low, Simd<T> high, Simd<T> start, Function f) {
  using V = Simd<T>;
  const V half = V::of(0.5);
  const V one = V::of(1);
  const V none = V::of(0);
  const V unit = V::of(2 * std::numeric_limits<T>::epsilon());
  V x = maximum(minimum(start, high), low);
  V last_step = high - low;
  V step = last_step;
  V active = one;
  for (int i = 0; i < 200; ++i) {
    const ValueAndSlope<T> at = f(x);
    const V below = at.value < none;
    low = select(below, x, low);
    high = select(below, high, x);
    const V newton = at.value / at.slope;
    const V next = x - newton;
    const V slow = last_step < abs(newton + newton);
    const V middle = low + half * (high - low);
    const V leaves = select(next < low, next < low, high < next);
    const V bisect = select(leaves, leaves, slow);
    const V moved = select(bisect, middle, next);
    last_step = step;
    step = abs(moved - x);
    const V goes_on = select(unit * (one + abs(moved)) < step, active, none);
    x = select(none < active, moved, x);
    active = goes_on;
    if (!(Eigen::internal::predux(active.value) > T(0))) break;
  }
  return x;
}

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

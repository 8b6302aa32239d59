#pragma once

#include <bijou/numerics/simd.hpp>
#include <cmath>
#include <limits>

namespace bijou {

/// The numbers between two bounds, the bounds not among them; infinity is none.
struct Interval {
  /// The lower bound, not inside.
  double low = -std::numeric_limits<double>::infinity();
  /// The upper bound, not inside.
  double high = std::numeric_limits<double>::infinity();
};

namespace detail {

/// How a map treats the interval that it fills, or that it is defined on: no result lies outside, and what comes in
/// from there is none of its events.
template <class T>
struct OpenInterval {
  using V = Simd<T>;
  V first, last;  // the first and last number inside
  V middle;       // a number well inside

  OpenInterval(T low, T high)
      : first(std::nextafter(low, high)), last(std::nextafter(high, low)), middle(number_between(low, high)) {}
  explicit OpenInterval(const Interval& interval)
      : OpenInterval(static_cast<T>(interval.low), static_cast<T>(interval.high)) {}

  /// The nearest number inside.
  V clamp(V x) const { return maximum(minimum(x, last), first); }
  /// The same for a result of the argument z; but an infinite argument has no image, rather than the bound.
  V clamp_image(V x, V z) const { return clamp(x) + (z - z); }
  /// A mask; not set for NaN, which stays NaN.
  V outside(V x) const { return select(x < first, x < first, last < x); }
  /// x, or a number well inside where x is outside, so that what is computed along there raises no exception.
  V inside(V x) const { return select(outside(x), middle, x); }

 private:
  static T number_between(T low, T high) {
    constexpr T most = (std::numeric_limits<T>::max)();
    const bool from_below = low >= -most;
    const bool from_above = high <= most;
    if (from_below && from_above) return low + (high - low) / 2;
    return from_below ? low + T(1) : from_above ? high - T(1) : T(0);
  }
};

}  // namespace detail
}  // namespace bijou

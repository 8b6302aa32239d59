#pragma once

#include <bijou/core/tile.hpp>
#include <bijou/numerics/simd.hpp>
#include <bijou/numerics/staircase_vector.hpp>

namespace bijou::detail {

/// out(r, n) = f(in(r, n)...) for tiles of units of one shape (Arena::units), with a Simd<T> at a time; out may be an
/// in. Rows are computed to the end of their last packet. A single event's units are one vector; behind its end nothing
/// changes.
template <class T, class F, class... In>
EIGEN_STRONG_INLINE void transform_units(F f, Tile<T> out, In... in) {
  constexpr Index width = Simd<T>::size;
  if (out.cols() == 1) {
    for (Index r = 0; r < out.rows(); r += width) {
      Simd<T> values = f(in.load(r, 0)...);
      if (r + width > out.rows()) {
        const Simd<T> end(static_cast<T>(out.rows() - r));
        values = select(Simd<T>(load(lane_numbers<T>.data())) < end, values, out.load(r, 0));
      }
      out.store(r, 0, values);
    }
    return;
  }
  for (Index r = 0; r < out.rows(); ++r) {
    for (Index n = 0; n < out.cols(); n += width) out.store(r, n, f(in.load(r, n)...));
  }
}

}  // namespace bijou::detail

#pragma once

#include <bijou/numerics/simd.hpp>
#include <vector>

/// Functions of SIMD packets as functions of a number.
namespace laws {

template <class T, class F>
T lane(F f, T a) {
  std::vector<T> lanes(static_cast<std::size_t>(bijou::detail::packet_size<T>));
  bijou::detail::store(lanes.data(), f(bijou::Simd<T>(a)).value);
  for (const T other : lanes) {
    if (!(other == lanes.front()) && other == other) return std::numeric_limits<T>::signaling_NaN();
  }
  return lanes.front();
}

}  // namespace laws

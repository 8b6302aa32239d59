#pragma once

#include <bijou/core/index.hpp>
#include <bijou/numerics/simd.hpp>

namespace bijou::detail {

/// sums[i] += terms lane i, in double.
template <class T>
EIGEN_STRONG_INLINE void add_to_sums(double* sums, Simd<T> terms) {
  T lanes[packet_size<T>];
  store(lanes, terms.value);
  for (Index i = 0; i < packet_size<T>; ++i) sums[i] += static_cast<double>(lanes[i]);
}

/// sums[i] += terms[i] for 0 <= i < count.
template <class T>
void add_to_sums(double* sums, const T* terms, Index count) {
  Index i = 0;
  for (; i + packet_size<T> <= count; i += packet_size<T>) add_to_sums<T>(sums + i, Simd<T>(load(terms + i)));
  for (; i < count; ++i) sums[i] += static_cast<double>(terms[i]);
}

}  // namespace bijou::detail

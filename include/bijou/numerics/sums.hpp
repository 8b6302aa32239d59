#pragma once

#include <bijou/numerics/simd.hpp>
#include <bit>
#include <cstring>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// Sums of many terms, kept in double whatever the terms are. Conversions of whole vectors, written out because g++ 12
/// does not find them at -O2.
namespace bijou::detail {

template <class T>
struct DoublesOf {
  typedef double type __attribute__((vector_size(sizeof(double) * packet_size<T>)));
};

/// sums[i] += terms[i] for each lane i. sums need not be aligned.
template <class T>
EIGEN_STRONG_INLINE void add_to_sums(double* sums, Simd<T> terms) {
  using Doubles = typename DoublesOf<T>::type;
  Doubles sum;
  std::memcpy(&sum, sums, sizeof sum);
  sum += __builtin_convertvector(std::bit_cast<typename LanesOf<T>::Numbers>(terms.value), Doubles);
  std::memcpy(sums, &sum, sizeof sum);
}

/// sums[i] += terms[i] for 0 <= i < count.
template <class T>
void add_to_sums(double* sums, const T* terms, Index count) {
  Index i = 0;
  for (; i + packet_size<T> <= count; i += packet_size<T>) add_to_sums(sums + i, Simd<T>(load(terms + i)));
  for (; i < count; ++i) sums[i] += static_cast<double>(terms[i]);
}

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#pragma once

#include <bijou/numerics/packet.hpp>
#include <bijou/numerics/packet_functions.hpp>
#include <algorithm>

// g++ remarks that a packet used as a template argument loses its alignment attribute, which is harmless here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

namespace bijou {

/// 1 / (1 + e^-a), from e^-|a| so that neither side overflows, and to its last places on both sides.
template <class T>
EIGEN_STRONG_INLINE Simd<T> sigmoid(Simd<T> a) {
  const Simd<T> e = detail::exp_without_overflow(-abs(a));
  return select(a < Simd<T>::of(0), e, Simd<T>::of(1)) / (Simd<T>::of(1) + e);
}

/// sigmoid(a), and sigmoid(-a) = 1 - sigmoid(a), which the subtraction would round away for large a.
template <class T>
struct SigmoidPair {
  Simd<T> value;
  Simd<T> complement;
};

template <class T>
EIGEN_STRONG_INLINE SigmoidPair<T> sigmoid_pair(Simd<T> a) {
  const Simd<T> e = detail::exp_without_overflow(-abs(a));
  const Simd<T> larger = Simd<T>::of(1) / (Simd<T>::of(1) + e);
  const Simd<T> smaller = e * larger;
  const Simd<T> negative = a < Simd<T>::of(0);
  return {select(negative, smaller, larger), select(negative, larger, smaller)};
}

/// ln(1 + e^a) = maximum(a, 0) + log1p(e^-|a|). Both this and the form of sigmoid are those of Maechler 2012,
/// Accurately Computing log(1 - exp(-|a|)), the vignette of the R package Rmpfr.
template <class T>
EIGEN_STRONG_INLINE Simd<T> softplus(Simd<T> a) {
  return maximum(a, Simd<T>::of(0)) + log1p(detail::exp_without_overflow(-abs(a)));
}

/// a, or 0 where a is subnormal: for results that would otherwise settle there.
template <class T>
EIGEN_STRONG_INLINE Simd<T> normal_or_zero(Simd<T> a) {
  return select(abs(a) < Simd<T>((std::numeric_limits<T>::min)()), Simd<T>::of(0), a);
}

namespace detail {

/// Calls body(offset) for each packet of an array whose size is a multiple of the packet size.
template <class T, class Body>
EIGEN_STRONG_INLINE void for_each_packet(Index size, Body&& body) {
  for (Index i = 0; i < size; i += packet_size<T>) body(i);
}

/// out(n, i) = in(i, n). in: rows x cols with in_stride between rows; out: cols x rows with out_stride. Whole packets
/// are read and written, so both strides must cover the sizes rounded up to packets.
template <class T>
void transpose(const T* in, Index rows, Index cols, Index in_stride, T* out, Index out_stride) {
  constexpr Index size = packet_size<T>;
  Eigen::internal::PacketBlock<Packet<T>, static_cast<int>(size)> block;
  Index i = 0;
  for (; i + size <= rows; i += size) {
    for (Index n = 0; n < cols; n += size) {
      for (Index j = 0; j < size; ++j) block.packet[j] = load(in + (i + j) * in_stride + n);
      if constexpr (size > 1) Eigen::internal::ptranspose(block);
      for (Index j = 0; j < (std::min)(size, cols - n); ++j) store(out + (n + j) * out_stride + i, block.packet[j]);
    }
  }
  for (; i < rows; ++i) {
    for (Index n = 0; n < cols; ++n) out[n * out_stride + i] = in[i * in_stride + n];
  }
}

}  // namespace detail
}  // namespace bijou

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#pragma once

#include <bijou/numerics/packet.hpp>
#include <bijou/numerics/packet_functions.hpp>
#include <algorithm>
#include <limits>

// g++ remarks that a packet used as a template argument loses its alignment attribute, which is harmless here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

namespace bijou {

/// @f$ 1 / (1 + e^{-a}) @f$, from e^-|a| so that neither side overflows, and to its last places on both sides.
template <class T>
EIGEN_STRONG_INLINE Simd<T> sigmoid(Simd<T> a) {
  const Simd<T> e = detail::exp_without_overflow(-abs(a));
  return select(a < Simd<T>::of(0), e, Simd<T>::of(1)) / (Simd<T>::of(1) + e);
}

/// sigmoid(a), and sigmoid(-a) = 1 - sigmoid(a), which the subtraction would round away for large a.
template <class T>
struct SigmoidPair {
  /// sigmoid(a).
  Simd<T> value;
  /// 1 - sigmoid(a), exact where sigmoid(a) rounds to 1.
  Simd<T> complement;
};

/// @f$ 1 / (1 + e^{-a}) @f$ and @f$ 1 / (1 + e^a) @f$ at the price of one.
template <class T>
EIGEN_STRONG_INLINE SigmoidPair<T> sigmoid_pair(Simd<T> a) {
  const Simd<T> e = detail::exp_without_overflow(-abs(a));
  const Simd<T> larger = Simd<T>::of(1) / (Simd<T>::of(1) + e);
  const Simd<T> smaller = e * larger;
  const Simd<T> negative = a < Simd<T>::of(0);
  return {select(negative, smaller, larger), select(negative, larger, smaller)};
}

/// The nearest integer, for |a| up to a quarter of the numbers that have a fraction; ties go to the even one.
template <class T>
EIGEN_STRONG_INLINE Simd<T> nearest_integer(Simd<T> a) {
  const Simd<T> shift = Simd<T>::of(1.5 * static_cast<double>(detail::Word<T>{1} << detail::fraction_bits<T>));
  return detail::opaque(a + shift) - shift;
}

/// @f$ \ln(1 + e^a) = \max(a, 0) + \ln(1 + e^{-|a|}) @f$. Both this and the form of sigmoid are those of Maechler 2012,
/// Accurately Computing log(1 - exp(-|a|)), the vignette of the R package Rmpfr.
template <class T>
EIGEN_STRONG_INLINE Simd<T> softplus(Simd<T> a) {
  return maximum(a, Simd<T>::of(0)) + log1p(detail::exp_without_overflow(-abs(a)));
}

namespace detail {

/// size >= 0 with the sign of a, that of 0 included.
template <class T>
EIGEN_STRONG_INLINE Simd<T> with_sign_of(Simd<T> a, Simd<T> size) {
  return from_bits<T>(to_bits(size) | (to_bits(a) & sign_bit<T>));
}

}  // namespace detail

/// @f$ \ln\cosh a = |a| + \ln\bigl((1 + e^{-2|a|}) / 2\bigr) @f$, whose derivative is tanh a. Near 0 through sinh^2,
/// since the first form cancels there.
template <class T>
EIGEN_STRONG_INLINE Simd<T> log_cosh(Simd<T> a) {
  using V = Simd<T>;
  const V size = abs(a);
  const V small = minimum(size, V::of(1));
  const V e = expm1(-small);
  // sinh^2(a / 2) = e^2 / (4 (1 + e)), and cosh a = 1 + 2 sinh^2(a / 2).
  const V near = log1p(V::of(0.5) * e * e / (V::of(1) + e));
  const V far = size - V::of(0.693147180559945309417) + log1p(detail::exp_without_overflow(V::of(-2) * size));
  return select(size < V::of(1), near, far);
}

/// @f$ (e^a - e^{-a}) / 2 @f$, through expm1 so that it is exact to rounding near 0.
template <class T>
EIGEN_STRONG_INLINE Simd<T> sinh(Simd<T> a) {
  using V = Simd<T>;
  const V size = abs(a);
  const V e = expm1(minimum(size, V::of(1)));
  const V near = V::of(0.5) * (e + e / (V::of(1) + e));
  const V root = exp(V::of(0.5) * size);  // e^|a| overflows sooner than half of it
  const V half = V::of(0.5) * root * root;
  const V value = select(size < V::of(1), near, half - V::of(0.25) / half);
  return detail::with_sign_of(a, value);
}

/// The inverse of sinh: @f$ \ln\bigl(|a| + \sqrt{a^2 + 1}\bigr) @f$ with the sign of a.
template <class T>
EIGEN_STRONG_INLINE Simd<T> asinh(Simd<T> a) {
  using V = Simd<T>;
  const V size = abs(a);
  const V large = V(T(1) / std::numeric_limits<T>::epsilon());  // beyond, a^2 + 1 = a^2
  const V square = minimum(size, large) * minimum(size, large);
  const V near = log1p(size + square / (V::of(1) + sqrt(square + V::of(1))));
  const V value = select(large < size, log(size) + V::of(0.693147180559945309417), near);
  return detail::with_sign_of(a, value);
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

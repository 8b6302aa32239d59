#pragma once

#include <bijou/core/index.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

// g++ remarks that a packet used as a template argument loses its alignment attribute, which is harmless here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

namespace bijou {
namespace detail {

/// Eigen's widest packet of T for the instruction set that the translation unit is compiled for.
template <class T>
using Packet = typename Eigen::internal::packet_traits<T>::type;

template <class T>
inline constexpr Index packet_size = Eigen::internal::unpacket_traits<Packet<T>>::size;

template <class T>
EIGEN_STRONG_INLINE Packet<T> load(const T* p) {
  return Eigen::internal::ploadu<Packet<T>>(p);
}

template <class T>
EIGEN_STRONG_INLINE Packet<T> broadcast(const T& value) {
  return Eigen::internal::pset1<Packet<T>>(value);
}

template <class T>
EIGEN_STRONG_INLINE void store(T* p, const Packet<T>& value) {
  Eigen::internal::pstoreu<T>(p, value);
}

}  // namespace detail

/// One packet with the operators of a number, so that an elementwise formula reads as on paper. Comparisons give a
/// mask for select. A scalar converts to a packet of equal values.
template <class T>
struct Simd {
  /// Numbers in a packet, at least 1.
  static constexpr Index size = detail::packet_size<T>;

  detail::Packet<T> value;

  EIGEN_STRONG_INLINE Simd() = default;
  EIGEN_STRONG_INLINE Simd(const detail::Packet<T>& packet)
  requires(detail::packet_size<T> > 1)
      : value(packet) {}
  EIGEN_STRONG_INLINE Simd(T scalar) : value(detail::broadcast(scalar)) {}

  /// A constant, rounded to the scalar at hand.
  EIGEN_STRONG_INLINE static Simd of(double constant) { return Simd(static_cast<T>(constant)); }

  EIGEN_STRONG_INLINE friend Simd operator+(Simd a, Simd b) { return Eigen::internal::padd(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator-(Simd a, Simd b) { return Eigen::internal::psub(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator*(Simd a, Simd b) { return Eigen::internal::pmul(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator/(Simd a, Simd b) { return Eigen::internal::pdiv(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator-(Simd a) { return Eigen::internal::pnegate(a.value); }
  EIGEN_STRONG_INLINE friend Simd operator<(Simd a, Simd b) { return Eigen::internal::pcmp_lt(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator>(Simd a, Simd b) { return b < a; }

  EIGEN_STRONG_INLINE friend Simd select(Simd mask, Simd yes, Simd no) {
    return Eigen::internal::pselect(mask.value, yes.value, no.value);
  }
  // For a NaN either operand of larger and smaller may come back.
  EIGEN_STRONG_INLINE friend Simd maximum(Simd a, Simd b) { return Eigen::internal::pmax(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd minimum(Simd a, Simd b) { return Eigen::internal::pmin(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd abs(Simd a) { return Eigen::internal::pabs(a.value); }

  EIGEN_STRONG_INLINE friend Simd exp(Simd a) {
    if constexpr (Eigen::internal::packet_traits<T>::HasExp) return Eigen::internal::pexp(a.value);
    return a.each([](T x) { return std::exp(x); });
  }
  EIGEN_STRONG_INLINE friend Simd log(Simd a) {
    if constexpr (Eigen::internal::packet_traits<T>::HasLog) return Eigen::internal::plog(a.value);
    return a.each([](T x) { return std::log(x); });
  }
  EIGEN_STRONG_INLINE friend Simd log1p(Simd a) {
    if constexpr (Eigen::internal::packet_traits<T>::HasLog1p) return Eigen::internal::plog1p(a.value);
    return a.each([](T x) { return std::log1p(x); });
  }
  EIGEN_STRONG_INLINE friend Simd expm1(Simd a) {
    if constexpr (Eigen::internal::packet_traits<T>::HasExpm1) return Eigen::internal::pexpm1(a.value);
    return a.each([](T x) { return std::expm1(x); });
  }
  EIGEN_STRONG_INLINE friend Simd tanh(Simd a) {
    if constexpr (Eigen::internal::packet_traits<T>::HasTanh) return Eigen::internal::ptanh(a.value);
    return a.each([](T x) { return std::tanh(x); });
  }

 private:
  template <class F>
  Simd each(F f) const {
    T lanes[detail::packet_size<T>];
    detail::store(lanes, value);
    for (T& lane : lanes) lane = f(lane);
    return detail::load(lanes);
  }
};

/// 1 / (1 + e^-a), without overflow on either side.
template <class T>
EIGEN_STRONG_INLINE Simd<T> sigmoid(Simd<T> a) {
  const Simd<T> e = exp(-abs(a));
  return select(a < Simd<T>::of(0), e, Simd<T>::of(1)) / (Simd<T>::of(1) + e);
}

/// ln(1 + e^a) = maximum(a, 0) + log1p(e^-|a|).
template <class T>
EIGEN_STRONG_INLINE Simd<T> softplus(Simd<T> a) {
  return maximum(a, Simd<T>::of(0)) + log1p(exp(-abs(a)));
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

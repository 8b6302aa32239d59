#pragma once

#include <bijou/core/index.hpp>
#include <Eigen/Core>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#if defined(__ARM_NEON) && !defined(__aarch64__) && !defined(EIGEN_DONT_VECTORIZE)
#error "bijou: 32-bit ARM NEON has no IEEE division and flushes subnormal numbers; compile with EIGEN_DONT_VECTORIZE."
#endif

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

/// The lanes of a packet as vectors of the compiler, whose comparisons and choices need no detour over a mask in
/// memory format with AVX-512, and which shift words of 64 bits on every instruction set.
template <class T>
struct LanesOf {
  using Word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  using SignedWord = std::make_signed_t<Word>;
  typedef T Numbers __attribute__((vector_size(sizeof(Packet<T>))));
  typedef Word Bits __attribute__((vector_size(sizeof(Packet<T>))));
  typedef SignedWord Masks __attribute__((vector_size(sizeof(Packet<T>))));
};

template <class T>
using Word = typename LanesOf<T>::Word;
template <class T>
using Bits = typename LanesOf<T>::Bits;

// Eigen's pmax and pmin return their first operand if it is NaN. They are inline assembly for clang, which finds the
// instruction by itself; and with AVX-512 g++ 12 warns of its own header, except in the form with a mask.
template <class T>
EIGEN_STRONG_INLINE Packet<T> maximum(Packet<T> a, Packet<T> b) {
#if defined(__clang__)
  using Numbers = typename LanesOf<T>::Numbers;
  const Numbers x = std::bit_cast<Numbers>(a);
  const Numbers y = std::bit_cast<Numbers>(b);
  return std::bit_cast<Packet<T>>(y > x ? y : x);
#else
#if defined(EIGEN_VECTORIZE_AVX512)
  if constexpr (std::is_same_v<Packet<T>, __m512>) return _mm512_maskz_max_ps(0xffff, b, a);
  if constexpr (std::is_same_v<Packet<T>, __m512d>) return _mm512_maskz_max_pd(0xff, b, a);
#endif
  return Eigen::internal::pmax(a, b);
#endif
}

template <class T>
EIGEN_STRONG_INLINE Packet<T> minimum(Packet<T> a, Packet<T> b) {
#if defined(__clang__)
  using Numbers = typename LanesOf<T>::Numbers;
  const Numbers x = std::bit_cast<Numbers>(a);
  const Numbers y = std::bit_cast<Numbers>(b);
  return std::bit_cast<Packet<T>>(y < x ? y : x);
#else
#if defined(EIGEN_VECTORIZE_AVX512)
  if constexpr (std::is_same_v<Packet<T>, __m512>) return _mm512_maskz_min_ps(0xffff, b, a);
  if constexpr (std::is_same_v<Packet<T>, __m512d>) return _mm512_maskz_min_pd(0xff, b, a);
#endif
  return Eigen::internal::pmin(a, b);
#endif
}

}  // namespace detail

/// One packet with the operators of a number, so that an elementwise formula reads as on paper. Comparisons give a
/// mask for select. A scalar converts to a packet of equal values.
template <class T>
struct Simd {
  /// Numbers in a packet, at least 1.
  static constexpr Index size = detail::packet_size<T>;

  /// The processor's own packet.
  detail::Packet<T> value;

  EIGEN_STRONG_INLINE Simd() = default;
  EIGEN_STRONG_INLINE Simd(const detail::Packet<T>& packet)
  requires(detail::packet_size<T> > 1)
      : value(packet) {}
  EIGEN_STRONG_INLINE Simd(T scalar) : value(detail::broadcast(scalar)) {}

  /// A constant, rounded to the scalar at hand.
  template <class Number>
  requires std::is_arithmetic_v<Number>
  EIGEN_STRONG_INLINE static Simd of(Number constant) {
    return Simd(static_cast<T>(constant));
  }

  /// The first number.
  EIGEN_STRONG_INLINE T first() const { return Eigen::internal::pfirst(value); }

  EIGEN_STRONG_INLINE friend Simd operator+(Simd a, Simd b) { return Eigen::internal::padd(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator-(Simd a, Simd b) { return Eigen::internal::psub(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator*(Simd a, Simd b) { return Eigen::internal::pmul(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator/(Simd a, Simd b) { return Eigen::internal::pdiv(a.value, b.value); }
  EIGEN_STRONG_INLINE friend Simd operator-(Simd a) { return Eigen::internal::pnegate(a.value); }
  EIGEN_STRONG_INLINE friend Simd operator<(Simd a, Simd b) {
    return std::bit_cast<detail::Packet<T>>(std::bit_cast<Numbers>(a.value) < std::bit_cast<Numbers>(b.value));
  }
  EIGEN_STRONG_INLINE friend Simd operator>(Simd a, Simd b) { return b < a; }

  /// a b + c, in one rounding where the instruction set has it.
  EIGEN_STRONG_INLINE friend Simd multiply_add(Simd a, Simd b, Simd c) {
#if defined(__clang__)
// Eigen's is inline assembly for clang and costs a copy of c.
#pragma clang fp contract(fast)
    return std::bit_cast<detail::Packet<T>>(std::bit_cast<Numbers>(a.value) * std::bit_cast<Numbers>(b.value) +
                                            std::bit_cast<Numbers>(c.value));
#else
    return Eigen::internal::pmadd(a.value, b.value, c.value);
#endif
  }
  /// For each number: yes where the mask is set, else no.
  EIGEN_STRONG_INLINE friend Simd select(Simd mask, Simd yes, Simd no) {
    return std::bit_cast<detail::Packet<T>>(std::bit_cast<Masks>(mask.value) != 0 ? std::bit_cast<Numbers>(yes.value)
                                                                                  : std::bit_cast<Numbers>(no.value));
  }
  /// A NaN in a is returned; for a NaN in b alone either operand may come back.
  EIGEN_STRONG_INLINE friend Simd maximum(Simd a, Simd b) { return detail::maximum<T>(a.value, b.value); }
  /// The smaller of each pair.
  EIGEN_STRONG_INLINE friend Simd minimum(Simd a, Simd b) { return detail::minimum<T>(a.value, b.value); }
  /// The absolute values.
  EIGEN_STRONG_INLINE friend Simd abs(Simd a) { return Eigen::internal::pabs(a.value); }

 private:
  using Numbers = typename detail::LanesOf<T>::Numbers;
  using Masks = typename detail::LanesOf<T>::Masks;
};

namespace detail {

template <class T>
EIGEN_STRONG_INLINE Bits<T> to_bits(Simd<T> a) {
  return std::bit_cast<Bits<T>>(a.value);
}

template <class T>
EIGEN_STRONG_INLINE Simd<T> from_bits(Bits<T> bits) {
  Simd<T> result;
  result.value = std::bit_cast<Packet<T>>(bits);
  return result;
}

/// The same number, about whose origin the compiler knows nothing: (a + b) - b stays as written under -ffast-math.
template <class T>
EIGEN_STRONG_INLINE Simd<T> opaque(Simd<T> a) {
#if defined(__AVX512F__)
  asm("" : "+v"(a.value));
#elif defined(__x86_64__)
  asm("" : "+x"(a.value));
#elif defined(__aarch64__)
  asm("" : "+w"(a.value));
#endif
  return a;
}

}  // namespace detail
}  // namespace bijou

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

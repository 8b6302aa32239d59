#pragma once

#include <bijou/numerics/packet.hpp>
#include <cmath>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// What is promised below holds in every lane and with every instruction set. No function raises FE_INVALID,
/// FE_DIVBYZERO or FE_OVERFLOW for a finite argument with a finite result.
///
/// Under -ffast-math the errors of finite arguments with finite results stay below 8 units in the last place, since
/// compilers then replace divisions and square roots by approximations; what a NaN gives, and sqrt of infinity, is not
/// specified. `opaque` stands where a compiler would otherwise simplify a correction to nothing.
namespace bijou {
namespace detail {

/// The constants of T's functions. Polynomials and rational functions are those of Moshier, Cephes Mathematical
/// Library (netlib.org/cephes), highest power first.
template <class T>
struct FunctionConstants;

template <>
struct FunctionConstants<float> {
  // The arguments whose exponential is a finite normal number.
  static constexpr float exp_lowest = -0x1.5d589ep+6f;
  static constexpr float exp_highest = 0x1.62e42ep+6f;
  static constexpr float expm1_is_minus_one = -18;  // e^a < epsilon / 4 below
  // ln 2 in two parts; the first times any exponent is exact.
  static constexpr float ln2_high = 0.693359375f;
  static constexpr float ln2_low = -2.12194440e-4f;
};

template <>
struct FunctionConstants<double> {
  static constexpr double exp_lowest = -0x1.6232bdd7abcd2p+9;
  static constexpr double exp_highest = 0x1.62e42fefa39efp+9;
  static constexpr double expm1_is_minus_one = -38;
  static constexpr double ln2_high = 0.693145751953125;
  static constexpr double ln2_low = 1.42860682030941723212e-6;
};

/// c0 a^k + c1 a^(k-1) + ... + ck in Horner's form.
template <class T, class First, class... Rest>
EIGEN_STRONG_INLINE Simd<T> polynomial(Simd<T> a, First first, Rest... rest) {
  Simd<T> sum(first);
  ((sum = multiply_add(sum, a, Simd<T>(rest))), ...);
  return sum;
}

template <class T>
inline constexpr int fraction_bits = std::numeric_limits<T>::digits - 1;

template <class T>
inline constexpr Word<T> sign_bit = ~(~Word<T>{0} >> 1);

/// a = n ln 2 + rest, |rest| <= ln 2 / 2, for |a| below 2^(fraction_bits - 2). `bits` has n in its lowest bits.
template <class T>
struct Reduced {
  Simd<T> n;
  Simd<T> rest;
  Bits<T> bits;
};

template <class T>
EIGEN_STRONG_INLINE Reduced<T> reduce(Simd<T> a) {
  using V = Simd<T>;
  using C = FunctionConstants<T>;
  // Numbers of this size have no fraction: adding it rounds to the nearest integer.
  const V shift = V::of(1.5 * static_cast<double>(Word<T>{1} << fraction_bits<T>));
  const V shifted = opaque(multiply_add(a, V::of(1.44269504088896340736), shift));
  const V n = shifted - shift;
  const V high = opaque(multiply_add(n, V::of(-C::ln2_high), a));
  return {n, multiply_add(n, V::of(-C::ln2_low), high), to_bits(shifted)};
}

/// e^r - 1 for |r| <= ln 2 / 2.
EIGEN_STRONG_INLINE Simd<float> expm1_of_rest(Simd<float> r) {
  const Simd<float> square = r * r;
  const Simd<float> p =
      polynomial(square, polynomial(r, 1.9875691500e-4f, 1.3981999507e-3f),
                 polynomial(r, 8.3334519073e-3f, 4.1665795894e-2f), polynomial(r, 1.6666665459e-1f, 5.0000001201e-1f));
  return multiply_add(p, square, r);
}
EIGEN_STRONG_INLINE Simd<double> expm1_of_rest(Simd<double> r) {
  const Simd<double> square = r * r;
  const Simd<double> p = r * polynomial(square, 1.26177193074810590878e-4, 3.02994407707441961300e-2, 1.0);
  const Simd<double> q = polynomial(square, 3.00198505138664455042e-6, 2.52448340349684104192e-3,
                                    2.27265548208155028766e-1, 2.00000000000000000009);
  const Simd<double> half = p / (q - p);
  return half + half;
}

/// ln(1 + f) for sqrt(1/2) <= 1 + f <= sqrt(2). No power of f by itself, which would be subnormal for small f, as in
/// softplus(-45).
EIGEN_STRONG_INLINE Simd<float> log1p_of_fraction(Simd<float> f) {
  const Simd<float> p =
      polynomial(f, 7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                 -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f, -0.5f);
  return multiply_add(f * p, f, f);
}
EIGEN_STRONG_INLINE Simd<double> log1p_of_fraction(Simd<double> f) {
  const Simd<double> p = polynomial(f, 1.01875663804580931796e-4, 4.97494994976747001425e-1, 4.70579119878881725854,
                                    1.44989225341610930846e1, 1.79368678507819816313e1, 7.70838733755885391666);
  const Simd<double> q = polynomial(f, 1.0, 1.12873587189167450590e1, 4.52279145837532221105e1,
                                    8.29875266912776603211e1, 7.11544750618563894466e1, 2.31251620126765340583e1);
  return multiply_add(f * multiply_add(f, p / q, Simd<double>::of(-0.5)), f, f);
}

/// a = 2^exponent fraction with sqrt(1/2) <= fraction < sqrt(2), for normal a > 0. `exponent_bits` is the exponent in
/// its place in a number, without the bias.
template <class T>
struct Split {
  Simd<T> fraction;
  Simd<T> exponent;
  Bits<T> exponent_bits;
};

template <class T>
EIGEN_STRONG_INLINE Split<T> split(Simd<T> a) {
  using V = Simd<T>;
  constexpr int shift = fraction_bits<T>;
  constexpr Word<T> offset = Word<T>{std::numeric_limits<T>::max_exponent} << shift;  // makes all exponents positive
  constexpr Word<T> sqrt_half = std::bit_cast<Word<T>>(static_cast<T>(0.70710678118654752440));
  constexpr T integer = static_cast<T>(Word<T>{1} << shift);  // k in the fraction bits: the number integer + k
  const Bits<T> above = to_bits(a) - sqrt_half + offset;
  const Bits<T> bits = (above & (~Word<T>{0} << shift)) - offset;
  const V exponent = opaque(from_bits<T>((above >> shift) | std::bit_cast<Word<T>>(integer)) -
                            V::of(integer + static_cast<T>(std::numeric_limits<T>::max_exponent)));
  return {from_bits<T>(to_bits(a) - bits), exponent, bits};
}

/// The square root of the instruction set, lane by lane.
template <class T>
EIGEN_STRONG_INLINE Packet<T> ieee_sqrt(Packet<T> a) {
#if defined(EIGEN_VECTORIZE_AVX512)
  // With a mask of all lanes, since g++ 12 warns of its own header in the form without.
  if constexpr (std::is_same_v<Packet<T>, __m512>) return _mm512_maskz_sqrt_ps(0xffff, a);
  if constexpr (std::is_same_v<Packet<T>, __m512d>) return _mm512_maskz_sqrt_pd(0xff, a);
#elif defined(EIGEN_VECTORIZE_AVX)
  if constexpr (std::is_same_v<Packet<T>, __m256>) return _mm256_sqrt_ps(a);
  if constexpr (std::is_same_v<Packet<T>, __m256d>) return _mm256_sqrt_pd(a);
#elif defined(EIGEN_VECTORIZE_SSE2)
  if constexpr (std::is_same_v<Packet<T>, __m128>) return _mm_sqrt_ps(a);
  if constexpr (std::is_same_v<Packet<T>, __m128d>) return _mm_sqrt_pd(a);
#elif defined(EIGEN_VECTORIZE_NEON)
  if constexpr (std::is_same_v<Packet<T>, float32x4_t>) return vsqrtq_f32(a);
  if constexpr (std::is_same_v<Packet<T>, float64x2_t>) return vsqrtq_f64(a);
#endif
  T lanes[packet_size<T>];
  store(lanes, a);
  for (T& lane : lanes) lane = std::sqrt(lane);
  return load(lanes);
}

}  // namespace detail

namespace detail {

/// e^a for a not above ln of the largest number.
template <class T>
EIGEN_STRONG_INLINE Simd<T> exp_without_overflow(Simd<T> a) {
  using V = Simd<T>;
  const V lowest(FunctionConstants<T>::exp_lowest);
  const Reduced<T> x = reduce(maximum(a, lowest));
  const V power = V::of(1) + expm1_of_rest(x.rest);
  // Times 2^n by adding to the exponent: the result is a normal number, or replaced.
  const V normal = from_bits<T>(to_bits(power) + (x.bits << fraction_bits<T>));
  return maximum(a, select(a < lowest, V::of(0), normal));  // e^a > a: only a NaN is the larger
}

}  // namespace detail

/// @f$ e^a @f$, within 2 units in the last place. A result below the smallest normal number is 0, so that no activation
/// that is built on it settles among subnormal numbers, with which some processors compute a hundred times slower.
/// e^inf = inf, e^-inf = 0.
///
/// Eigen 3.4's pexp never falls below 2.9e-39 (float) or 5.6e-309, and with AVX-512 is infinite from 88.38 on.
template <class T>
EIGEN_STRONG_INLINE Simd<T> exp(Simd<T> a) {
  using V = Simd<T>;
  const V highest(detail::FunctionConstants<T>::exp_highest);
  return select(highest < a, V(std::numeric_limits<T>::infinity()), detail::exp_without_overflow(a));
}

/// @f$ e^a - 1 @f$, within 2 (float) or 5 (double) units in the last place, subnormal results too; -0 for -0, -1 for
/// -inf.
///
/// Eigen 3.4 has pexpm1 for float only, which divides 0 by 0 (FE_INVALID) on the way to small results.
template <class T>
EIGEN_STRONG_INLINE Simd<T> expm1(Simd<T> a) {
  using V = Simd<T>;
  using C = detail::FunctionConstants<T>;
  // A little above the last finite result: the last sum overflows.
  const V bounded = minimum(maximum(a, V::of(C::expm1_is_minus_one)), V::of(C::exp_highest + T(0.25)));
  const detail::Reduced<T> x = detail::reduce(bounded);
  const V half_power =
      detail::from_bits<T>((x.bits << detail::fraction_bits<T>)+std::bit_cast<detail::Word<T>>(T(0.5)));
  const V half = multiply_add(half_power, detail::expm1_of_rest(x.rest), half_power - V::of(0.5));
  return select(abs(a) < V::of(std::numeric_limits<T>::epsilon() / 4), a, half + half);
}

/// @f$ \ln a @f$, within 2 units in the last place, of subnormal numbers too; -inf for 0, NaN below.
///
/// Eigen 3.4's plog takes subnormal numbers for the smallest normal one.
template <class T>
EIGEN_STRONG_INLINE Simd<T> log(Simd<T> a) {
  using V = Simd<T>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const V subnormal = a < V::of((std::numeric_limits<T>::min)());
  const int digits = std::numeric_limits<T>::digits;
  // The factor opaque: clang would multiply all lanes by 2^digits, and the largest would overflow, to be discarded.
  const V normal = a * detail::opaque(select(subnormal, V::of(detail::Word<T>{1} << digits), V::of(1)));
  const detail::Split<T> x = detail::split(normal);
  const V exponent = select(subnormal, x.exponent - V::of(digits), x.exponent);
  const V result =
      multiply_add(exponent, V::of(0.69314718055994530942), detail::log1p_of_fraction(x.fraction - V::of(1)));
  const V not_positive = select(a < V::of(0), V::of(std::numeric_limits<T>::quiet_NaN()), a - V::of(infinity));
  return select(V::of(0) < a, select(a < V::of(infinity), result, a), not_positive);
}

/// @f$ \ln(1 + a) @f$, within 2 units in the last place, subnormal results too; -0 for -0, -inf for -1, NaN below.
///
/// Eigen 3.4 has plog1p for float only, which divides 0 by 0 (FE_INVALID) on the way to small results.
template <class T>
EIGEN_STRONG_INLINE Simd<T> log1p(Simd<T> a) {
  using V = Simd<T>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const V sum = detail::opaque(a + V::of(1));
  const V lost = a - detail::opaque(sum - V::of(1));  // by the rounding of sum
  const detail::Split<T> x = detail::split(sum);
  // 2^-exponent, as long as what was lost matters.
  const detail::Bits<T> inverse = std::bit_cast<detail::Word<T>>(T(1)) - x.exponent_bits;
  const V scale = select(a < V::of(1 << 30), detail::from_bits<T>(inverse), V::of(0));
  const V fraction = multiply_add(lost, scale, detail::opaque(x.fraction - V::of(1)));
  const V result = multiply_add(x.exponent, V::of(0.69314718055994530942), detail::log1p_of_fraction(fraction));
  const V with_sign = detail::from_bits<T>(detail::to_bits(result) | (detail::to_bits(a) & detail::sign_bit<T>));
  const V below = select(a < V::of(-1), V::of(std::numeric_limits<T>::quiet_NaN()), a - V::of(infinity));
  return select(V::of(-1) < a, select(a < V::of(infinity), with_sign, a), below);
}

/// @f$ \tanh a @f$, within 7 units in the last place (float) or 5 (double); never above 1 in size, and exactly 1 from
/// |a| = 10 (float) or 20 (double) on; -0 for -0.
///
/// For float, Eigen's rational function. It ends where it is exactly 1, which depends on whether multiply_add rounds
/// once; Eigen 3.4's ptanh takes NEON for a set that rounds twice and ends at 0.99999976.
/// For double, e = e^-2|a| - 1 and tanh |a| = -e / (2 + e); Eigen 3.4 has none.
template <class T>
EIGEN_STRONG_INLINE Simd<T> tanh(Simd<T> a) {
  using V = Simd<T>;
  if constexpr (std::is_same_v<T, float> && detail::packet_size<T> > 1) {
#if defined(__FMA__) || defined(__aarch64__)
    constexpr float end = 7.99881172180175781f;
#else
    constexpr float end = 7.90531110763549805f;
#endif
    const V x = maximum(minimum(a, V::of(end)), V::of(-end));
    const V square = x * x;
    const V p = x * detail::polynomial(square, -2.76076847742355e-16f, 2.00018790482477e-13f, -8.60467152213735e-11f,
                                       5.12229709037114e-08f, 1.48572235717979e-05f, 6.37261928875436e-04f,
                                       4.89352455891786e-03f);
    const V q = detail::polynomial(square, 1.19825839466702e-06f, 1.18534705686654e-04f, 2.26843463243900e-03f,
                                   4.89352518554385e-03f);
    return select(abs(a) < V::of(0.0004f), a, p / q);
  } else {
    const V e = expm1(V::of(-2) * abs(a));
    const V size = e / (V::of(-2) - e);
    return select(a < V::of(0), -size, select(V::of(0) < a, size, a));
  }
}

/// The square root, correctly rounded. Eigen 3.4's psqrt multiplies with an approximate 1/sqrt(a): NaN for infinity and
/// 0 for subnormal numbers.
template <class T>
EIGEN_STRONG_INLINE Simd<T> sqrt(Simd<T> a) {
  Simd<T> result;
  result.value = detail::ieee_sqrt<T>(a.value);
  return result;
}

}  // namespace bijou

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#pragma once

#include <bijou/numerics/simd.hpp>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// Sums of many terms, kept in double whatever the terms are.
namespace bijou::detail {

/// sums[i] += terms[i] for each lane i. sums need not be aligned.
EIGEN_STRONG_INLINE void add_to_sums(double* sums, Simd<double> terms) {
  store(sums, (Simd<double>(load(sums)) + terms).value);
}

/// The same for float. The instructions by name: g++ 12 converts halves of the halves, or number by number.
EIGEN_STRONG_INLINE void add_to_sums(double* sums, Simd<float> terms) {
#if defined(EIGEN_VECTORIZE_AVX512)
  // The forms with a mask, since g++ 12 warns of its own header in those without.
  const __m512d lower = _mm512_maskz_cvtps_pd(0xff, _mm512_castps512_ps256(terms.value));
  const __m256d upper_half = _mm512_maskz_extractf64x4_pd(0xf, _mm512_castps_pd(terms.value), 1);
  const __m512d upper = _mm512_maskz_cvtps_pd(0xff, _mm256_castpd_ps(upper_half));
#elif defined(EIGEN_VECTORIZE_AVX)
  const __m256d lower = _mm256_cvtps_pd(_mm256_castps256_ps128(terms.value));
  const __m256d upper = _mm256_cvtps_pd(_mm256_extractf128_ps(terms.value, 1));
#elif defined(EIGEN_VECTORIZE_SSE2)
  const __m128d lower = _mm_cvtps_pd(terms.value);
  const __m128d upper = _mm_cvtps_pd(_mm_movehl_ps(terms.value, terms.value));
#elif defined(EIGEN_VECTORIZE_NEON) && defined(__aarch64__)
  const float64x2_t lower = vcvt_f64_f32(vget_low_f32(terms.value));
  const float64x2_t upper = vcvt_high_f64_f32(terms.value);
#endif
#if defined(EIGEN_VECTORIZE_SSE2) || (defined(EIGEN_VECTORIZE_NEON) && defined(__aarch64__))
  add_to_sums(sums, Simd<double>(lower));
  add_to_sums(sums + packet_size<double>, Simd<double>(upper));
#else
  float lanes[packet_size<float>];
  store(lanes, terms.value);
  for (Index i = 0; i < packet_size<float>; ++i) sums[i] += static_cast<double>(lanes[i]);
#endif
}

/// sums[i] += terms[i] for 0 <= i < count.
template <class T>
void add_to_sums(double* sums, const T* terms, Index count) {
  constexpr Index width = packet_size<T>;
  const Index whole = count / width * width;
  for (Index i = 0; i < whole; i += width) add_to_sums(sums + i, Simd<T>(load(terms + i)));
  for (Index i = whole; i < count; ++i) sums[i] += static_cast<double>(terms[i]);
}

/// The sum of the terms of a vector from the first to the last, in double: the same bits whether its size is known at
/// compile time or not, which Eigen's sum does not promise.
template <class V>
double sum_in_order(const V& terms) {
  double sum = 0;
  for (Index i = 0; i < terms.size(); ++i) sum += static_cast<double>(terms(i));
  return sum;
}

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

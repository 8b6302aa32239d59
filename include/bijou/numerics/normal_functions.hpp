#pragma once

#include <bijou/numerics/simd.hpp>
#include <limits>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// The distribution function of the standard normal and its inverse, for packets. The rational functions are those of
/// Moshier, Cephes Mathematical Library (ndtr.c, ndtri.c).
namespace bijou {
namespace detail {

/// polynomial, with coefficients rounded to the scalar at hand.
template <class T, class... Coefficients>
EIGEN_STRONG_INLINE Simd<T> rounded_polynomial(Simd<T> a, Coefficients... coefficients) {
  return polynomial(a, static_cast<T>(coefficients)...);
}

/// e^(-a^2 / 2). The square is taken in two parts, of which the first is exact, since its rounding would be magnified.
template <class T>
EIGEN_STRONG_INLINE Simd<T> exp_of_minus_half_square(Simd<T> a) {
  using V = Simd<T>;
  const V high = from_bits<T>(to_bits(a) & (~Word<T>{0} << (fraction_bits<T> / 2 + 1)));
  return exp(V::of(-0.5) * high * high) * exp(V::of(-0.5) * (a - high) * (a + high));
}

/// e^(x^2) erfc(x) for x >= 1.
template <class T>
EIGEN_STRONG_INLINE Simd<T> scaled_erfc(Simd<T> x) {
  using V = Simd<T>;
  const V eight = V::of(8);
  const V near = minimum(x, eight);
  const V p = rounded_polynomial(near, 2.46196981473530512524e-10, 5.64189564831068821977e-1, 7.46321056442269912687,
                                 4.86371970985681366614e1, 1.96520832956077098242e2, 5.26445194995477358631e2,
                                 9.34528527171957607540e2, 1.02755188689515710272e3, 5.57535335369399327526e2);
  const V q = rounded_polynomial(near, 1.0, 1.32281951154744992508e1, 8.67072140885989742329e1,
                                 3.54937778887819891062e2, 9.75708501743205489753e2, 1.82390916687909736289e3,
                                 2.24633760818710981792e3, 1.65666309194161350182e3, 5.57535340817727675546e2);
  const V r = rounded_polynomial(x, 5.64189583547755073984e-1, 1.27536670759978104416, 5.01905042251180477414,
                                 6.16021097993053585195, 7.40974269950448939160, 2.97886665372100240670);
  const V s = rounded_polynomial(x, 1.0, 2.26052863220117276590, 9.39603524938001434673, 1.20489539808096656605e1,
                                 1.70814450747565897222e1, 9.60896809063285878198, 3.36907645100081516050);
  return select(x < eight, p / q, r / s);
}

/// The quantile of y for 0 < y <= e^-2, with the other sign; r = sqrt(-2 ln y).
template <class T>
EIGEN_STRONG_INLINE Simd<T> normal_quantile_of_tail(Simd<T> r) {
  using V = Simd<T>;
  const V one = V::of(1);
  const V z = one / r;
  const V p1 = rounded_polynomial(z, 4.05544892305962419923, 3.15251094599893866154e1, 5.71628192246421288162e1,
                                  4.40805073893200834700e1, 1.46849561928858024014e1, 2.18663306850790267539,
                                  -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4);
  const V q1 = rounded_polynomial(z, 1.0, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1,
                                  1.50425385692907503408e1, 2.50464946208309415979, -1.42182922854787788574e-1,
                                  -3.80806407691578277194e-2, -9.33259480895457427372e-4);
  const V p2 = rounded_polynomial(z, 3.23774891776946035970, 6.91522889068984211695, 3.93881025292474443415,
                                  1.33303460815807542389, 2.01485389549179081538e-1, 1.23716634817820021358e-2,
                                  3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.23974539184983293730e-9);
  const V q2 = rounded_polynomial(z, 1.0, 6.02427039364742014255, 3.67983563856160859403, 1.37702099489081330271,
                                  2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4,
                                  2.89247864745380683936e-6, 6.79019408009981274425e-9);
  return r - log(r) * z - z * select(r < V::of(8), p1 / q1, p2 / q2);
}

}  // namespace detail

/// The normal distribution function, within 12 units in the last place on both sides; 0 where that is below the
/// smallest normal number.
///
/// @f[ \Phi(a) = \frac{1}{\sqrt{2\pi}} \int_{-\infty}^a e^{-t^2 / 2}\, dt @f]
template <class T>
EIGEN_STRONG_INLINE Simd<T> normal_cdf(Simd<T> a) {
  using V = Simd<T>;
  const V root_half = V::of(0.70710678118654752440);
  const V half = V::of(0.5);
  const V size = minimum(abs(a), V::of(40));  // beyond, the tail is 0
  const V x = size * root_half;
  const V near = minimum(x, V::of(1));
  const V square = near * near;
  const V t = detail::rounded_polynomial(square, 9.60497373987051638749, 9.00260197203842689217e1,
                                         2.23200534594684319226e3, 7.00332514112805075473e3, 5.55923013010394962768e4);
  const V u = detail::rounded_polynomial(square, 1.0, 3.35617141647503099647e1, 5.21357949780152679795e2,
                                         4.59432382970980127987e3, 2.26290000613890934246e4, 4.92673942608635921086e4);
  const V half_erf = half * near * t / u;
  const V far = half * detail::exp_of_minus_half_square(size) * detail::scaled_erfc(maximum(x, V::of(1)));
  const V tail = normal_or_zero(select(x < V::of(1), half - half_erf, far));
  return select(a < V::of(0), tail, V::of(1) - tail);
}

/// @f$ \Phi^{-1}(p) @f$, the inverse of normal_cdf, within 8 units in the last place; -infinity for 0, infinity for 1,
/// NaN outside.
template <class T>
EIGEN_STRONG_INLINE Simd<T> normal_quantile(Simd<T> p) {
  using V = Simd<T>;
  const V one = V::of(1);
  const V bound = V::of(0.13533528323661269189);  // e^-2
  const V upper = one - bound < p;
  const V y = select(upper, one - p, p);
  const V center = p - V::of(0.5);
  const V square = minimum(center * center, V::of(0.15));
  const V p0 = detail::rounded_polynomial(square, -5.99633501014107895267e1, 9.80010754185999661536e1,
                                          -5.66762857469070293439e1, 1.39312609387279679503e1, -1.23916583867381258016);
  const V q0 = detail::rounded_polynomial(square, 1.0, 1.95448858338141759834, 4.67627912898881538453,
                                          8.63602421390890590575e1, -2.25462687854119370527e2, 2.00260212380060660359e2,
                                          -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142);
  const V middle = V::of(2.50662827463100050242) * (center + center * (square * p0 / q0));
  const V r = sqrt(V::of(-2) * log(minimum(y, bound)));
  const V finite = minimum(maximum(r, V::of(2)), V::of(64));
  const V tail = select(r < V(std::numeric_limits<T>::infinity()), detail::normal_quantile_of_tail(finite), r);
  return select(bound < y, middle, select(upper, tail, -tail));
}

}  // namespace bijou

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

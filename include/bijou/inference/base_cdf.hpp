#pragma once

#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/laplace.hpp>
#include <bijou/distributions/logistic.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/distributions/multivariate_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/student_t.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/numerics/bracketed_root.hpp>
#include <bijou/numerics/gamma_ratio.hpp>
#include <bijou/numerics/normal_functions.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

/// Distribution functions of base densities in closed form, in double whatever the scalar.
namespace bijou::detail {

/// Symmetric densities around 0: below(u) is the probability of (-infinity, u], accurate in the lower tail, and
/// quantile(p) its inverse for 0 <= p <= 1/2.
struct NormalTail {
  static double below(double u) { return normal_cdf(Simd<double>(u)).first(); }
  static double quantile(double p) { return normal_quantile(Simd<double>(p)).first(); }
};

struct LogisticTail {
  static double below(double u) { return u < 0 ? std::exp(u) / (1 + std::exp(u)) : 1 / (1 + std::exp(-u)); }
  static double quantile(double p) { return std::log(p) - std::log1p(-p); }
};

struct LaplaceTail {
  static double below(double u) { return u < 0 ? std::exp(u) / 2 : 1 - std::exp(-u) / 2; }
  static double quantile(double p) { return std::log(2 * p); }
};

/// Student's t with nu degrees of freedom: P(u < -t) = I_x(nu / 2, 1/2) / 2, x = nu / (nu + t^2), by the continued
/// fraction of the incomplete beta function (DLMF 8.17.22) on the side where it converges fast; from nu = 1e4 on that
/// of the normal at Hill's expansion in 1 / nu (1970, Algorithm 395).
class StudentTTail {
 public:
  explicit StudentTTail(double degrees)
      : degrees_(degrees),
        a_(degrees / 2),
        log_inverse_beta_(GammaRatio(a_).value + 0.5 * std::log(a_ / std::numbers::pi)) {}

  double below(double u) const { return u < 0 ? tail(-u) : u >= 0 ? 1 - tail(u) : u; }

  double quantile(double p) const {
    if (p <= 0) return -std::numeric_limits<double>::infinity();
    if (p >= 0.5) return 0;
    // In s with t = sinh(s), so that t of any size is a few units.
    const double log_p = std::log(p);
    const double s =
        bracketed_root<double>(Simd<double>(0.0), Simd<double>(710.0), Simd<double>(1.0), [&](Simd<double> at) {
          const double t = std::sinh(at.first());
          const double q = (std::max)(tail(t), (std::numeric_limits<double>::min)());
          return ValueAndSlope<double>{Simd<double>(log_p - std::log(q)),
                                       Simd<double>(density(t) / q * std::cosh(at.first()))};
        }).first();
    return -std::sinh(s);
  }

 private:
  /// Of w = t / sqrt(nu): 1 / (1 + w^2), w^2 / (1 + w^2) and ln(1 + w^2), for any w without overflow.
  struct Parts {
    double x, y, log;
    explicit Parts(double w) {
      const double smaller = w > 1 ? 1 / w : w;
      const double square = smaller * smaller;
      x = (w > 1 ? square : 1) / (1 + square);
      y = (w > 1 ? 1 : square) / (1 + square);
      log = std::log1p(square) + 2 * std::log((std::max)(w, 1.0));
    }
  };

  double density(double t) const {
    const Parts parts(t / std::sqrt(degrees_));
    return std::exp(log_inverse_beta_ - 0.5 * std::log(degrees_) - (a_ + 0.5) * parts.log);
  }

  /// P(u > t) for t >= 0.
  double tail(double t) const {
    if (!(t < std::numeric_limits<double>::infinity())) return 0;
    const Parts parts(t / std::sqrt(degrees_));
    if (degrees_ > 1e4) {
      const double a = degrees_ - 0.5;
      const double b = 48 * a * a;
      const double square = a * parts.log;
      const double w = std::sqrt(square);
      const double second = (((4 * square + 33) * square + 240) * square + 855) * w;
      return NormalTail::below(-(w + (square + 3) * w / b - second / (10 * b * (b + 0.8 * square * square + 100))));
    }
    const double factor = std::exp(log_inverse_beta_ - a_ * parts.log) * std::sqrt(parts.y);
    if (parts.x < (a_ + 1) / (a_ + 2.5)) return 0.5 * factor * fraction(parts.x, a_, 0.5) / a_;
    return 0.5 - factor * fraction(parts.y, 0.5, a_);
  }

  /// The continued fraction by Lentz's method (Press et al., Numerical Recipes, section 6.4).
  static double fraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    const auto away_from_0 = [](double value) { return std::abs(value) < tiny ? tiny : value; };
    double c = 1;
    double d = 1 / away_from_0(1 - (a + b) * x / (a + 1));
    double result = d;
    for (int m = 1; m < 100'000; ++m) {
      const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / away_from_0(1 + even * d);
      c = away_from_0(1 + even / c);
      result *= d * c;
      const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / away_from_0(1 + odd * d);
      c = away_from_0(1 + odd / c);
      result *= d * c;
      if (std::abs(d * c - 1) < 3e-16) break;
    }
    return result;
  }

  double degrees_;
  double a_;
  double log_inverse_beta_;  // of B(a, 1/2)
};

/// A location, a scale and a tail. probability(x, upper): of what lies below x, or above; quantile is its inverse.
template <class Tail>
struct SymmetricCdf {
  double loc;
  double scale;
  Tail tail;

  double probability(double x, bool upper) const {
    const double u = (x - loc) / scale;
    return tail.below(upper ? -u : u);
  }
  double quantile(double p, bool upper) const {
    const double u = p <= 0.5 ? tail.quantile(p) : -tail.quantile(1 - p);
    return loc + scale * (upper ? -u : u);
  }
};

struct UniformCdf {
  double low;
  double high;

  double probability(double x, bool upper) const {
    const double share = upper ? (high - x) / (high - low) : (x - low) / (high - low);
    return share < 0 ? 0 : share > 1 ? 1 : share;
  }
  double quantile(double p, bool upper) const { return upper ? high - p * (high - low) : low + p * (high - low); }
};

/// sum_k w_k P_k; the quantile lies between the least and the greatest of the components'.
struct MixtureCdf {
  Eigen::VectorXd weights, locs, scales;

  double probability(double x, bool upper) const {
    double sum = 0;
    for (Index k = 0; k < weights.size(); ++k) sum += weights(k) * component(k).probability(x, upper);
    return sum;
  }
  double quantile(double p, bool upper) const {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (Index k = 0; k < weights.size(); ++k) {
      low = (std::min)(low, component(k).quantile(p, upper));
      high = (std::max)(high, component(k).quantile(p, upper));
    }
    if (!(low < high)) return low;
    // Of what grows with x: the logarithm of the smaller side, in which tails are as straight as the middle.
    const bool use_upper = upper == (p <= 0.5);
    const double log_p = p <= 0.5 ? std::log(p) : std::log1p(-p);
    return bracketed_root<double>(Simd<double>(low), Simd<double>(high), Simd<double>(0.5 * low + 0.5 * high),
                                  [&](Simd<double> at) {
                                    const double q = (std::max)(probability(at.first(), use_upper),
                                                                (std::numeric_limits<double>::min)());
                                    const double sign = use_upper ? -1 : 1;
                                    return ValueAndSlope<double>{Simd<double>(sign * (std::log(q) - log_p)),
                                                                 Simd<double>(density(at.first()) / q)};
                                  })
        .first();
  }

 private:
  SymmetricCdf<NormalTail> component(Index k) const { return {locs(k), scales(k), {}}; }
  double density(double x) const {
    double sum = 0;
    for (Index k = 0; k < weights.size(); ++k) {
      const double u = (x - locs(k)) / scales(k);
      sum += weights(k) * std::exp(-0.5 * u * u) / (scales(k) * std::sqrt(2 * std::numbers::pi));
    }
    return sum;
  }
};

/// The distribution function of the first coordinate of a density, where it is known in closed form.
template <class T, int D>
SymmetricCdf<NormalTail> base_cdf(const StandardNormal<T, D>&) {
  return {0, 1, {}};
}
template <class T, int D>
SymmetricCdf<NormalTail> base_cdf(const DiagonalNormal<T, D>& p) {
  return {static_cast<double>(p.loc()(0)), static_cast<double>(p.scale()(0)), {}};
}
template <class T, int D>
SymmetricCdf<NormalTail> base_cdf(const MultivariateNormal<T, D>& p) {
  return {static_cast<double>(p.loc()(0)), static_cast<double>(p.factor()(0, 0)), {}};
}
template <class T, int D>
SymmetricCdf<LogisticTail> base_cdf(const Logistic<T, D>& p) {
  return {static_cast<double>(p.loc()(0)), static_cast<double>(p.scale()(0)), {}};
}
template <class T, int D>
SymmetricCdf<LaplaceTail> base_cdf(const Laplace<T, D>& p) {
  return {static_cast<double>(p.loc()(0)), static_cast<double>(p.scale()(0)), {}};
}
template <class T, int D>
SymmetricCdf<StudentTTail> base_cdf(const StudentT<T, D>& p) {
  return {static_cast<double>(p.loc()(0)), static_cast<double>(p.scale()(0)),
          StudentTTail(static_cast<double>(p.degrees()(0)))};
}
template <class T, int D>
UniformCdf base_cdf(const Uniform<T, D>& p) {
  return {static_cast<double>(p.low()(0)), static_cast<double>(p.high()(0))};
}
template <class T, int D, int MostComponents>
MixtureCdf base_cdf(const MixtureOfGaussians<T, D, MostComponents>& p) {
  return {p.weights().template cast<double>(), p.locs().row(0).transpose().template cast<double>(),
          p.scales().row(0).transpose().template cast<double>()};
}

template <class P>
concept HasBaseCdf = requires(const P& p) { base_cdf(p); };

}  // namespace bijou::detail

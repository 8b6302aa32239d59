#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/core/moments.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/sums.hpp>
#include <bijou/numerics/triangular.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace bijou {

/// ln p(x) = -|z|^2 / 2 - sum_i ln L_ii - D/2 ln(2 pi), z = L^-1 (x - loc): the normal with mean loc and covariance L
/// L^T.
///
/// @f[ \ln p(x) = -\frac{|L^{-1} (x - \mu)|^2}{2} - \sum_i \ln L_{ii} - \frac{D}{2} \ln 2\pi @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Trained are loc (D), log_diagonal = ln L_ii (D), so
/// that the diagonal stays positive, and lower, the entries of L below the diagonal row by row (D (D - 1) / 2). Made of
/// a size alone it is a standard normal until `initialize`, which fit calls, makes it the one of greatest likelihood
/// for the data: their mean and their covariance (1 / N). A coordinate that depends linearly on those before gets a
/// small deviation of its own, and a warning on stderr. Throws std::invalid_argument for numbers that are not finite, a
/// diagonal that is not positive, entries above it, and sizes that differ.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const Eigen::Matrix2d factor{{0.5, 0.0}, {1.0, 2.0}};
/// const bijou::MultivariateNormal<double, 2> p{{1.0, -1.0}, factor};
/// const Eigen::Matrix2Xd x = p.sample(1000, rng);
/// bijou::MultivariateNormal<double, 2> fitted;
/// bijou::initialize(fitted, x);
/// const Eigen::Matrix2d covariance = fitted.factor() * fitted.factor().transpose();
/// @endcode
template <class T, int D>
class MultivariateNormal : public DistributionCalls<MultivariateNormal<T, D>, T, D> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  /// The factor of the covariance, D x D.
  using Matrix = Eigen::Matrix<T, D, D>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "MultivariateNormal";
  static constexpr const char* formula = "x ~ N(loc, L L^T)";
  static_assert(D == Eigen::Dynamic || D > 0, "MultivariateNormal: events need at least one row");

  MultivariateNormal()
  requires(D != Eigen::Dynamic)
      : MultivariateNormal(Index{D}, 0) {}
  explicit MultivariateNormal(Index event_size)
  requires(D == Eigen::Dynamic)
      : MultivariateNormal(event_size, 0) {}

  /// With numbers that are known; nothing is learned from data before training then. factor: L, D x D.
  MultivariateNormal(const Vector& loc, const Matrix& factor) : MultivariateNormal(loc.size(), 0) {
    if (factor.rows() != loc.size() || factor.cols() != loc.size()) {
      detail::throw_invalid_argument(name, "expected a factor of ", loc.size(), " rows and columns, got ",
                                     factor.rows(), " x ", factor.cols());
    }
    detail::require_each(name, "the diagonal of a factor must be finite and positive", factor.diagonal(),
                         [](T s) { return detail::finite(s) && s > T(0); });
    for (Index i = 0; i < loc.size(); ++i) {
      for (Index j = i + 1; j < loc.size(); ++j) {
        if (factor(i, j) == T(0)) continue;
        detail::throw_invalid_argument(name, "expected a lower triangular factor, got ", factor(i, j), " in row ", i,
                                       ", column ", j);
      }
    }
    set(loc, factor);
    detail::require_parameters(name, *this);
    is_initialized_ = true;
  }

  Index event_size() const { return loc_.size(); }
  /// The mean, D.
  const Vector& loc() const { return loc_; }
  /// L, D x D.
  Matrix factor() const {
    Matrix l = Matrix::Zero(event_size(), event_size());
    for (Index i = 0; i < event_size(); ++i) {
      l.row(i).head(i) = row(i).transpose();
      l(i, i) = std::exp(log_diagonal_(i));
    }
    return l;
  }

  static constexpr auto members() {
    return Members{parameter("loc", &MultivariateNormal::loc_),
                   parameter<LogOfScale>("log_diagonal", &MultivariateNormal::log_diagonal_),
                   parameter("lower", &MultivariateNormal::lower_),
                   state("is_initialized", &MultivariateNormal::is_initialized_)};
  }

  bool is_initialized() const { return is_initialized_; }
  void initialize(const detail::LearningBatch<T>& batch) {
    const Index d = event_size();
    Eigen::VectorXd mean(d), deviation(d);
    detail::find_moments(name, batch.events, mean, deviation, batch.ranks);
    Eigen::MatrixXd l;  // of numbers of deviation 1
    l.setZero(d, d);
    for (Index n = 0; n < batch.events.cols(); ++n) {
      const Eigen::VectorXd z = (batch.events.col(n).template cast<double>() - mean).cwiseQuotient(deviation);
      l.template selfadjointView<Eigen::Lower>().rankUpdate(z);
    }
    batch.ranks.sum(l);
    l /= static_cast<double>(batch.ranks.place(batch.events.cols()).total);
    factorize(l);
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j <= i; ++j) l(i, j) *= deviation(i);
    }
    set(mean.template cast<T>(), l.template cast<T>());
    is_initialized_ = true;
  }

  /// z, D x N.
  struct Cache {
    Tile<T> z;
  };

  using DistributionCalls<MultivariateNormal, T, D>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    // ln(2 pi) / 2 for each coordinate; as a product it would be fused with the sum if the size is not a constant.
    e.log_prob -= detail::sum_in_order(log_diagonal_.array().template cast<double>() + 0.91893853320467274178);
    e.cache.z.rebind(e.pass.arena.template tile<T>(e.input.rows(), e.input.cols()));
    for (Index i = 0; i < e.input.rows(); ++i) {
      for (Index n = 0; n < e.input.cols(); n += Simd<T>::size) {
        e.cache.z.store(i, n, e.input.load(i, n) - Simd<T>(loc_(i)));
      }
    }
    // Rows in order, each minus what those before it take.
    for (Index i = 0; i < e.input.rows(); ++i) {
      combine(e.cache.z, i, 0, i, row_start(i), [](Index j) { return j; });
      for (Index n = 0; n < e.input.cols(); n += Simd<T>::size) {
        const Simd<T> z = e.cache.z.load(i, n);
        e.log_prob.add(n, Simd<T>::of(-0.5) * z * z);
      }
    }
  }

  // With g = dL/dln p and y = -L^-T (g z): dL/dx = y, dL/dloc = -sum_n y, dL/dL_ij = -sum_n y_i z_j and
  // dL/dln L_ii = L_ii dL/dL_ii - sum_n g.
  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    auto [d_loc, d_log_diagonal, d_lower] = gradients(*this, p);
    const Index d = event_size();
    Tile<T> y = p.input_gradient;
    for (Index i = 0; i < d; ++i) {
      for (Index n = 0; n < p.input.cols(); n += Simd<T>::size) {
        y.store(i, n, -(p.log_prob_gradient.load(n) * p.cache.z.load(i, n)));
      }
    }
    const T weight = p.log_prob_gradient.sum();
    for (Index i = d - 1; i >= 0; --i) {
      combine(y, i, i + 1, d, 0, [i](Index j) { return row_start(j) + i; });
      d_loc(i) -= y.row(i).sum();
      d_log_diagonal(i) -= std::exp(log_diagonal_(i)) * dot(y, i, p.cache.z, i) + weight;
    }
    if (p.parameter_gradient.size() == 0) return;
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < i; ++j) d_lower(row_start(i) + j) -= dot(y, i, p.cache.z, j);
    }
  }

  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) events(i, n) = static_cast<T>(normal(rng));
    }
    // x = loc + L z in place, from the last row on.
    for (Index i = events.rows() - 1; i >= 0; --i) {
      const T diagonal = std::exp(log_diagonal_(i));
      for (Index n = 0; n < events.cols(); ++n) {
        events(i, n) = loc_(i) + diagonal * events(i, n) + row(i).dot(events.col(n).head(i));
      }
    }
  }

 private:
  MultivariateNormal(Index event_size, int)
      : loc_(Vector::Zero(detail::require_coordinates(name, event_size))), log_diagonal_(Vector::Zero(event_size)) {
    lower_.setZero(event_size * (event_size - 1) / 2);
  }

  static Index row_start(Index i) { return i * (i - 1) / 2; }
  /// Row i of L, left of the diagonal.
  auto row(Index i) const { return lower_.segment(row_start(i), i); }

  void set(const Vector& loc, const Matrix& factor) {
    loc_ = loc;
    log_diagonal_ = factor.diagonal().array().log();
    for (Index i = 0; i < loc.size(); ++i) lower_.segment(row_start(i), i) = factor.row(i).head(i).transpose();
  }

  /// The Cholesky factor of a matrix of correlations, of which the lower triangle is read, in its place. A coordinate
  /// for which there is no deviation, see find_moments, has variance 0 or a large one: it gets 1 and no correlation.
  template <class Factor>
  static void factorize(Factor& l) {
    // The least deviation of its own, in units of the whole: a covariance in double has no more digits.
    const double least = std::sqrt((std::max)(1e-12, static_cast<double>(std::numeric_limits<T>::epsilon())));
    for (Index i = 0; i < l.rows(); ++i) {
      if (!(l(i, i) > 0.5 && l(i, i) < 2)) {
        l.row(i).setZero();
        l.col(i).setZero();
        l(i, i) = 1;
      }
      for (Index j = 0; j < i; ++j) l(i, j) = (l(i, j) - l.row(i).head(j).dot(l.row(j).head(j))) / l(j, j);
      const double rest = l(i, i) - l.row(i).head(i).squaredNorm();
      l(i, i) = std::sqrt((std::max)(rest, least * least));
      if (rest > least * least) continue;
      std::fprintf(
          stderr,
          "bijou: %s: coordinate %ld depends linearly on those before, its own deviation is taken as %g of the "
          "whole\n",
          name, static_cast<long>(i), least);
    }
    l.template triangularView<Eigen::StrictlyUpper>().setZero();
  }

  /// rows(i) = (rows(i) - sum of L(first, ..., last - 1) rows(j)) / L_ii with the entry of row j at lower[at(j)] +
  /// start.
  template <class At>
  void combine(Tile<T> rows, Index i, Index first, Index last, Index start, At at) const {
    using V = Simd<T>;
    const V inverse(std::exp(-log_diagonal_(i)));
    const T* const entries = lower_.data() + start;
    Index n = 0;
    for (; n + 4 * V::size <= rows.cols(); n += 4 * V::size) {
      V a = rows.load(i, n), b = rows.load(i, n + V::size);
      V c = rows.load(i, n + 2 * V::size), d = rows.load(i, n + 3 * V::size);
      for (Index j = first; j < last; ++j) {
        const V entry(-entries[at(j)]);
        a = multiply_add(entry, rows.load(j, n), a);
        b = multiply_add(entry, rows.load(j, n + V::size), b);
        c = multiply_add(entry, rows.load(j, n + 2 * V::size), c);
        d = multiply_add(entry, rows.load(j, n + 3 * V::size), d);
      }
      rows.store(i, n, a * inverse);
      rows.store(i, n + V::size, b * inverse);
      rows.store(i, n + 2 * V::size, c * inverse);
      rows.store(i, n + 3 * V::size, d * inverse);
    }
    for (; n < rows.cols(); n += V::size) {
      V a = rows.load(i, n);
      for (Index j = first; j < last; ++j) a = multiply_add(V(-entries[at(j)]), rows.load(j, n), a);
      rows.store(i, n, a * inverse);
    }
  }

  static T dot(const Tile<T>& a, Index i, const Tile<T>& b, Index j) { return (a.row(i) * b.row(j)).sum(); }

  Vector loc_;
  Vector log_diagonal_;
  Eigen::Matrix<T, detail::strict_triangle_size<D>, 1> lower_;
  bool is_initialized_ = false;
};

}  // namespace bijou

#pragma once

#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/core/arena.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/small_matrices.hpp>
#include <bijou/numerics/triangular.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

/// How the matrix W of an InvertibleConvolution is made of parameters. Inside, W is a C x C array of doubles, row after
/// row. A type has
///
/// | expression | meaning |
/// |---|---|
/// | `m.size()` | C |
/// | `m.write(w)` | writes W |
/// | `m.add_gradient(g, l, inverse, out)` | with g = dL/dW without the log-det, row after row, and l = dL/dln\|det W\|: adds dL/dparameters to `out`, flat; inverse: W^-1 |
namespace bijou {

namespace detail {

/// The orthogonal factor of a matrix of normal numbers.
template <class Rng>
Eigen::MatrixXd random_rotation(Index size, Rng& rng) {
  Eigen::MatrixXd normals(size, size), rotation(size, size);
  for (Index i = 0; i < normals.size(); ++i) normals.data()[i] = normal(rng);
  orthogonal_factor(normals.data(), rotation.data(), size);
  rotation.transposeInPlace();
  return rotation;
}

}  // namespace detail

/// W itself: nothing keeps training from making it singular, where ln|det W| is -infinity.
///
/// @f[ W \in \mathbb{R}^{C \times C}, \qquad \frac{\partial \ln|\det W|}{\partial W} = W^{-T} @f]
///
/// T: float or double. Starts as a random rotation or as a matrix that is given. Throws std::invalid_argument for one
/// that is not square or not finite.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Matrix = bijou::FreeMatrix<float>;
/// const bijou::InvertibleConvolution<float, Matrix> f{16, Matrix{4, rng}};  // 4 channels, 16 pixels
/// @endcode
template <class T>
class FreeMatrix {
 public:
  using Scalar = T;
  /// W, row after row in memory.
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  static constexpr const char* name = "FreeMatrix";

  template <UniformRandomBitGenerator Rng>
  FreeMatrix(Index channels, Rng& rng)
      : FreeMatrix(
            Matrix(detail::random_rotation(detail::require_coordinates(name, channels), rng).template cast<T>())) {}

  explicit FreeMatrix(const Matrix& matrix) : matrix_(matrix) {
    detail::require_coordinates(name, matrix.rows());
    detail::require_size(name, "columns", matrix.rows(), matrix.cols());
    detail::require_parameters(name, *this);
  }

  /// C.
  Index size() const { return matrix_.rows(); }
  /// W, C x C.
  const Matrix& matrix() const { return matrix_; }

  static constexpr auto members() { return Members{parameter("matrix", &FreeMatrix::matrix_)}; }

  /// Writes W, row after row.
  void write(double* w) const {
    for (Index i = 0; i < matrix_.size(); ++i) w[i] = static_cast<double>(matrix_.data()[i]);
  }

  /// dL/dW = g + l W^-T, for the parameters of W.
  void add_gradient(const double* g, double l, const double* inverse, ParameterGradient<T> out) const {
    for (Index i = 0; i < size(); ++i) {
      for (Index j = 0; j < size(); ++j)
        out(i * size() + j) += static_cast<T>(g[i * size() + j] + l * inverse[j * size() + i]);
    }
  }

 private:
  Matrix matrix_;
};

/// W by its factors, with L lower triangular with ones and U strictly upper triangular: no step of training makes it
/// singular. The permutation P and the signs s stay those of the start: state. Kingma & Dhariwal 2018 (Glow), section
/// 3.2. Unlike LULinear, which starts at the identity, W may have any sign of its determinant.
///
/// @f[ W = P L \bigl(U + \text{diag}(s \odot e^a)\bigr), \qquad \ln|\det W| = \sum_i a_i @f]
///
/// T: float or double. Starts as a random rotation or as a matrix that is given. Throws std::invalid_argument for one
/// that is not square, not finite or singular.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::InvertibleConvolution<float> f{16, bijou::PLUMatrix<float>{4, rng}};  // 4 channels, 16 pixels
/// @endcode
template <class T>
class PLUMatrix {
  using Lower = detail::StrictlyLower<T>;
  using Upper = detail::StrictlyUpper<T>;

 public:
  using Scalar = T;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  static constexpr const char* name = "PLUMatrix";

  template <UniformRandomBitGenerator Rng>
  PLUMatrix(Index channels, Rng& rng)
      : PLUMatrix(detail::random_rotation(detail::require_coordinates(name, channels), rng)) {}

  explicit PLUMatrix(const Eigen::MatrixXd& matrix) {
    const Index size = detail::require_coordinates(name, matrix.rows());
    detail::require_size(name, "columns", size, matrix.cols());
    if (!matrix.allFinite()) detail::throw_invalid_argument(name, "expected a matrix of finite numbers");
    std::vector<double> factors(static_cast<std::size_t>(size * size));
    for (Index i = 0; i < size; ++i) {
      for (Index j = 0; j < size; ++j) factors[static_cast<std::size_t>(i * size + j)] = matrix(i, j);
    }
    rows_.resize(static_cast<std::size_t>(size));
    if (!detail::factorize_in_place(factors.data(), size, rows_.data()))
      detail::throw_invalid_argument(name, "expected a matrix that is not singular");
    lower_.resize(Lower::count(size));
    upper_.resize(Upper::count(size));
    log_diagonal_.resize(size);
    signs_.resize(size);
    for (Index i = 0; i < size; ++i) {
      const double* const row = factors.data() + i * size;
      log_diagonal_(i) = static_cast<T>(std::log(std::abs(row[i])));
      signs_(i) = row[i] < 0 ? T(-1) : T(1);
      for (Index j = 0; j < i; ++j) lower_(Lower::place(i, j, size)) = static_cast<T>(row[j]);
      for (Index j = i + 1; j < size; ++j) upper_(Upper::place(i, j, size)) = static_cast<T>(row[j]);
    }
  }

  /// C.
  Index size() const { return log_diagonal_.size(); }
  /// Row i of L (U + diag(sign e^a)) is row rows()[i] of W.
  const std::vector<int>& rows() const { return rows_; }
  /// The signs of the diagonal.
  const Vector& signs() const { return signs_; }
  /// a, the logarithms of the diagonal without its signs.
  const Vector& log_diagonal() const { return log_diagonal_; }

  static constexpr auto members() {
    return Members{state("rows", &PLUMatrix::rows_), state("signs", &PLUMatrix::signs_),
                   parameter("lower", &PLUMatrix::lower_), parameter("upper", &PLUMatrix::upper_),
                   parameter<LogOfScale>("log_diagonal", &PLUMatrix::log_diagonal_)};
  }

  std::string state_error() const {
    if ((signs_.array().abs() != T(1)).any()) return "expected signs of 1 or -1";
    return detail::coordinate_list_error(size(), rows_);
  }

  /// Writes W, row after row.
  void write(double* w) const {
    const Index n = size();
    for (Index i = 0; i < n; ++i) {
      double* const row = w + row_of(i) * n;
      for (Index j = 0; j < n; ++j) {
        double sum = i <= j ? upper(i, j) : 0;
        for (Index k = 0; k < (std::min)(i, j + 1); ++k) sum += lower(i, k) * upper(k, j);
        row[j] = sum;
      }
    }
  }

  // With A = P^T g: dL/dL = A (U + S)^T below the diagonal, dL/d(U + S) = L^T A from the diagonal on.
  void add_gradient(const double* g, double l, const double*, ParameterGradient<T> out) const {
    const Index n = size();
    T* const d_lower = out.data();
    T* const d_upper = d_lower + lower_.size();
    T* const d_diagonal = d_upper + upper_.size();
    const auto a = [&](Index i, Index j) { return g[row_of(i) * n + j]; };
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < i; ++j) {
        double sum = 0;
        for (Index k = j; k < n; ++k) sum += a(i, k) * upper(j, k);
        d_lower[Lower::place(i, j, n)] += static_cast<T>(sum);
      }
      for (Index j = i; j < n; ++j) {
        double sum = a(i, j);
        for (Index k = i + 1; k < n; ++k) sum += lower(k, i) * a(k, j);
        if (j == i)
          d_diagonal[i] += static_cast<T>(sum * upper(i, i) + l);
        else
          d_upper[Upper::place(i, j, n)] += static_cast<T>(sum);
      }
    }
  }

 private:
  /// Entry of L below the diagonal, and of U + diag(sign e^a) from the diagonal on.
  double lower(Index i, Index j) const { return static_cast<double>(lower_(Lower::place(i, j, size()))); }
  double upper(Index i, Index j) const {
    if (i == j) return static_cast<double>(signs_(i)) * std::exp(static_cast<double>(log_diagonal_(i)));
    return static_cast<double>(upper_(Upper::place(i, j, size())));
  }

  Index row_of(Index i) const { return rows_[static_cast<std::size_t>(i)]; }

  std::vector<int> rows_;
  Vector signs_;
  Vector lower_;
  Vector upper_;
  Vector log_diagonal_;
};

}  // namespace bijou

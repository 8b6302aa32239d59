#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

namespace laws {

using Eigen::Index;

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using Vector = Eigen::Vector<T, Eigen::Dynamic>;

/// How far two numbers may lie apart: absolutely near 0, relatively elsewhere.
template <class T>
struct Tolerance;

template <>
struct Tolerance<double> {
  static constexpr double rounding = 16 * std::numeric_limits<double>::epsilon();  // the same sum in another order
  static constexpr double round_trip = 1e-10;
  static constexpr double jacobian = 1e-7;  // log-det against that of a Jacobian of differences
  static constexpr double gradient = 1e-7;  // pullbacks against differences
};

template <>
struct Tolerance<float> {
  static constexpr double rounding = 16 * std::numeric_limits<float>::epsilon();
  static constexpr double round_trip = 1e-4;
  static constexpr double jacobian = 1e-3;
  static constexpr double gradient = 1e-5;  // pullbacks against those of the same map in double
};

/// |actual - expected| <= tolerance scale + slack, elementwise; what is not finite must be equal.
inline void check_within(const Matrix<double>& actual, const Matrix<double>& expected, double tolerance,
                         const Matrix<double>& scale, const Matrix<double>& slack) {
  REQUIRE(actual.rows() == expected.rows());
  REQUIRE(actual.cols() == expected.cols());
  double worst = 0;
  Index row = 0;
  Index col = 0;
  for (Index j = 0; j < actual.cols(); ++j) {
    for (Index i = 0; i < actual.rows(); ++i) {
      const double a = actual(i, j);
      const double e = expected(i, j);
      double excess = a == e ? 0 : std::abs(a - e) / (scale(i, j) * tolerance + slack(i, j));
      if (!std::isfinite(excess)) excess = std::numeric_limits<double>::infinity();
      if (excess > worst) {
        worst = excess;
        row = i;
        col = j;
      }
    }
  }
  INFO("worst element (" << row << ", " << col
                         << "): " << (actual.size() > 0 ? Catch::Detail::stringify(actual(row, col)) : "none")
                         << ", expected " << (actual.size() > 0 ? Catch::Detail::stringify(expected(row, col)) : "none")
                         << "; in units of what is allowed:");
  CHECK(worst <= 1);
}

/// |actual - expected| <= tolerance max(1, |expected|) + slack.
inline void check_close(const Matrix<double>& actual, const Matrix<double>& expected, double tolerance,
                        const Matrix<double>& slack) {
  check_within(actual, expected, tolerance, expected.cwiseAbs().cwiseMax(1.0), slack);
}

template <class A, class E>
void check_close(const Eigen::DenseBase<A>& actual, const Eigen::DenseBase<E>& expected, double tolerance) {
  const Matrix<double> e = expected.template cast<double>();
  check_close(Matrix<double>(actual.template cast<double>()), e, tolerance, Matrix<double>::Zero(e.rows(), e.cols()));
}

inline bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

inline void check_same_bits_of(const Matrix<double>& actual, const Matrix<double>& expected) {
  REQUIRE(actual.rows() == expected.rows());
  REQUIRE(actual.cols() == expected.cols());
  Index different = 0;
  Index row = 0;
  Index col = 0;
  for (Index j = 0; j < actual.cols(); ++j) {
    for (Index i = 0; i < actual.rows(); ++i) {
      if (same_bits(actual(i, j), expected(i, j))) continue;
      if (different++ == 0) {
        row = i;
        col = j;
      }
    }
  }
  INFO("first different element (" << row << ", " << col
                                   << "): " << (different > 0 ? Catch::Detail::stringify(actual(row, col)) : "none")
                                   << ", expected "
                                   << (different > 0 ? Catch::Detail::stringify(expected(row, col)) : "none"));
  CHECK(different == 0);
}

/// Equal to the last bit; a NaN equals itself.
template <class A, class E>
void check_same_bits(const Eigen::DenseBase<A>& actual, const Eigen::DenseBase<E>& expected) {
  check_same_bits_of(actual.template cast<double>(), expected.template cast<double>());
}

}  // namespace laws

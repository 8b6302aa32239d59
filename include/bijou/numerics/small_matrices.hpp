#pragma once

#include <bijou/core/index.hpp>
#include <algorithm>
#include <cmath>

/// Inverse and factors of square matrices of some tens of rows, of doubles, row after row in memory. By plain loops:
/// with <Eigen/LU> and <Eigen/QR> each program that includes bijou would compile a tenth of <Eigen/Core> longer.
namespace bijou::detail {

/// Exchanges row k with that of rows k ... size - 1 whose number in column k has the largest absolute value: its index.
inline Index swap_in_pivot(double* matrix, Index size, Index k) {
  const auto row = [&](Index i) { return matrix + i * size; };
  Index pivot = k;
  for (Index i = k + 1; i < size; ++i) {
    if (std::abs(row(i)[k]) > std::abs(row(pivot)[k])) pivot = i;
  }
  if (pivot != k) std::swap_ranges(row(k), row(k) + size, row(pivot));
  return pivot;
}

/// Replaces a D x D matrix by its inverse; returns ln|det|. Gauss-Jordan elimination with row pivots, in place. swaps:
/// memory for D numbers. A singular matrix gives -infinity and an inverse that is not finite.
inline double invert_in_place(double* matrix, Index size, Index* swaps) {
  const auto row = [&](Index i) { return matrix + i * size; };
  double log_det = 0;
  for (Index k = 0; k < size; ++k) {
    swaps[k] = swap_in_pivot(matrix, size, k);
    const double value = row(k)[k];
    log_det += std::log(std::abs(value));
    row(k)[k] = 1;
    for (Index j = 0; j < size; ++j) row(k)[j] /= value;
    for (Index i = 0; i < size; ++i) {
      if (i == k) continue;
      const double factor = row(i)[k];
      row(i)[k] = 0;
      for (Index j = 0; j < size; ++j) row(i)[j] -= factor * row(k)[j];
    }
  }
  for (Index k = size - 1; k >= 0; --k) {
    if (swaps[k] == k) continue;
    for (Index i = 0; i < size; ++i) std::swap(row(i)[k], row(i)[swaps[k]]);
  }
  return log_det;
}

/// Replaces a D x D matrix by L below its diagonal, whose own diagonal is 1, and U from the diagonal on. Row i of L U
/// is row rows[i] of the matrix. Returns whether it is not singular; of one that is, the rest is not finished.
inline bool factorize_in_place(double* matrix, Index size, int* rows) {
  const auto row = [&](Index i) { return matrix + i * size; };
  for (Index i = 0; i < size; ++i) rows[i] = static_cast<int>(i);
  for (Index k = 0; k < size; ++k) {
    std::swap(rows[k], rows[swap_in_pivot(matrix, size, k)]);
    if (row(k)[k] == 0) return false;
    for (Index i = k + 1; i < size; ++i) {
      const double factor = row(i)[k] /= row(k)[k];
      for (Index j = k + 1; j < size; ++j) row(i)[j] -= factor * row(k)[j];
    }
  }
  return true;
}

/// The orthogonal factor of Householder's QR decomposition of a D x D matrix, which is overwritten: the matrix column
/// after column, q row after row. Of independent normal numbers: a random rotation or reflection.
inline void orthogonal_factor(double* matrix, double* q, Index size) {
  std::fill_n(q, size * size, 0.0);
  for (Index i = 0; i < size; ++i) q[i * size + i] = 1;
  for (Index k = 0; k + 1 < size; ++k) {
    double* const v = matrix + k * size;
    const auto product = [&](const double* column) {
      double sum = 0;
      for (Index i = k; i < size; ++i) sum += v[i] * column[i];
      return sum;
    };
    // v = a + sign(a_k) |a| e_k, with a the column from row k on: H = I - 2 v v^T / |v|^2 takes a to a multiple of e_k.
    v[k] += std::copysign(std::sqrt(product(v)), v[k]);
    const double square = product(v);
    const auto reflect = [&](double* column) {
      const double step = 2 * product(column) / square;
      for (Index i = k; i < size; ++i) column[i] -= step * v[i];
    };
    if (square == 0) continue;
    for (Index j = k + 1; j < size; ++j) reflect(matrix + j * size);
    for (Index j = 0; j < size; ++j) reflect(q + j * size);
  }
}

}  // namespace bijou::detail

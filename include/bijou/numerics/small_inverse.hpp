#pragma once

#include <bijou/core/index.hpp>
#include <algorithm>
#include <cmath>

namespace bijou::detail {

/// Replaces a D x D matrix, row after row, by its inverse; returns ln|det|. Gauss-Jordan elimination with row pivots,
/// in place. swaps: memory for D numbers. A singular matrix gives -infinity and an inverse that is not finite.
inline double invert_in_place(double* matrix, Index size, Index* swaps) {
  const auto row = [&](Index i) { return matrix + i * size; };
  double log_det = 0;
  for (Index k = 0; k < size; ++k) {
    Index pivot = k;
    for (Index i = k + 1; i < size; ++i) {
      if (std::abs(row(i)[k]) > std::abs(row(pivot)[k])) pivot = i;
    }
    swaps[k] = pivot;
    if (pivot != k) std::swap_ranges(row(k), row(k) + size, row(pivot));
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

}  // namespace bijou::detail

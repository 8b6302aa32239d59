#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/members.hpp>
#include <cmath>
#include <cstdio>

namespace bijou::detail {

/// Mean and deviation (of the population, 1 / N) of each row, in double and in two passes; the squares are those of
/// numbers up to 1. A row that is constant, or whose deviation has no reciprocal in T, gets deviation 1 and a warning
/// on stderr that names it. Vector: of T or double.
template <class T, class Vector>
void find_moments(const char* caller, const ColumnsView<T>& x, Vector& mean, Vector& deviation) {
  using Moment = typename Vector::Scalar;
  for (Index i = 0; i < x.rows(); ++i) {
    const auto row = x.row(i).template cast<double>();
    const bool is_constant = x.row(i).minCoeff() == x.row(i).maxCoeff();
    if (is_constant) {
      mean(i) = x(i, 0);
      deviation(i) = 1;
      std::fprintf(stderr, "bijou: %s: coordinate %ld is constant, its deviation is taken as 1\n", caller,
                   static_cast<long>(i));
      continue;
    }
    const double center = (row.array() / static_cast<double>(x.cols())).sum();
    const double largest = (row.array() - center).abs().maxCoeff();
    const double root = largest * std::sqrt(((row.array() - center) / largest).square().mean());
    mean(i) = static_cast<Moment>(center);
    deviation(i) = static_cast<Moment>(root);
    if (FiniteReciprocal::holds(static_cast<T>(root))) continue;
    deviation(i) = 1;
    std::fprintf(stderr, "bijou: %s: the deviation %g of coordinate %ld has no reciprocal, it is taken as 1\n", caller,
                 root, static_cast<long>(i));
  }
}

}  // namespace bijou::detail

#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/ranks.hpp>
#include <cmath>
#include <cstdio>
#include <limits>

namespace bijou::detail {

/// Mean and deviation (of the population, 1 / N) of each row over the events of all ranks, in double and in two passes;
/// the squares are those of numbers up to 1. A row that is constant, or whose deviation has no reciprocal in T, gets
/// deviation 1 and a warning on stderr that names it, as row_name and its number. Vector: of T or double.
template <class T, class Vector>
void find_moments(const char* caller, const ColumnsView<T>& x, Vector& mean, Vector& deviation, const Ranks& ranks = {},
                  const char* row_name = "coordinate") {
  using Moment = typename Vector::Scalar;
  const Index rows = x.rows();
  const auto row = [&x](Index i) { return x.row(i).template cast<double>().array(); };
  const auto events = static_cast<double>(ranks.place(x.cols()).total);

  constexpr double infinity = std::numeric_limits<double>::infinity();
  Eigen::VectorXd center, ends;
  center.setZero(rows);
  ends.setConstant(2 * rows, -infinity);  // the greatest, then the least negated
  for (Index i = 0; i < rows && x.cols() > 0; ++i) {
    center(i) = (row(i) / events).sum();
    ends(i) = static_cast<double>(x.row(i).maxCoeff());
    ends(rows + i) = -static_cast<double>(x.row(i).minCoeff());
  }
  ranks.sum(center);
  ranks.greatest(ends);
  const auto is_constant = [&](Index i) { return ends(i) == -ends(rows + i); };

  Eigen::VectorXd largest;  // distance from the center
  largest.setZero(rows);
  for (Index i = 0; i < rows && x.cols() > 0; ++i) largest(i) = (row(i) - center(i)).abs().maxCoeff();
  ranks.greatest(largest);
  Eigen::VectorXd squares;
  squares.setZero(rows);
  for (Index i = 0; i < rows && x.cols() > 0; ++i) {
    if (!is_constant(i)) squares(i) = ((row(i) - center(i)) / largest(i)).square().sum();
  }
  ranks.sum(squares);

  for (Index i = 0; i < rows; ++i) {
    if (is_constant(i)) {
      mean(i) = static_cast<Moment>(ends(i));
      deviation(i) = 1;
      if (ranks.is_first())
        std::fprintf(stderr, "bijou: %s: %s %ld is constant, its deviation is taken as 1\n", caller, row_name,
                     static_cast<long>(i));
      continue;
    }
    const double root = largest(i) * std::sqrt(squares(i) / events);
    mean(i) = static_cast<Moment>(center(i));
    deviation(i) = static_cast<Moment>(root);
    if (FiniteReciprocal::holds(static_cast<T>(root))) continue;
    deviation(i) = 1;
    if (ranks.is_first())
      std::fprintf(stderr, "bijou: %s: the deviation %g of %s %ld has no reciprocal, it is taken as 1\n", caller, root,
                   row_name, static_cast<long>(i));
  }
}

}  // namespace bijou::detail

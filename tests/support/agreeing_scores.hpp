#pragma once

#include <bijou/distributions/calls_of.hpp>
#include <algorithm>
#include <cmath>

#include "support/differences.hpp"

namespace laws {

/// For how many of the events x, D x N, the score of p agrees with differences of ln p, in the coordinate where they
/// are fewest. Kinks of networks and splines may lie within a step, so not for all.
template <class P>
Index agreeing_scores(const P& p, const Eigen::MatrixXd& x) {
  const Eigen::MatrixXd score = bijou::score(p, x);
  Index fewest = x.cols();
  for (Index i = 0; i < x.rows(); ++i) {
    const auto log_prob_of_moved = [&](double h) -> Eigen::ArrayXd {
      Eigen::MatrixXd moved = x;
      moved.row(i).array() += h;
      return bijou::log_prob(p, moved).array();
    };
    const Difference numeric = differentiate(log_prob_of_moved, 1e-9);
    Index agree = 0;
    for (Index n = 0; n < x.cols(); ++n)
      agree += std::abs(numeric.value(n) - score(i, n)) < 1e-6 * (1 + std::abs(score(i, n)));
    fewest = (std::min)(fewest, agree);
  }
  return fewest;
}

}  // namespace laws

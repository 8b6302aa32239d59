#pragma once

#include <array>

#include "support/tolerance.hpp"

namespace laws {

/// A numerical derivative and how far the estimates of two step sizes lie apart.
struct Difference {
  Eigen::ArrayXd value;
  Eigen::ArrayXd error;
};

/// df/dh at h = 0 by central differences of fourth order, (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, elementwise with
/// the two neighbouring steps that agree best. Stops early when all agree to `enough`.
template <class F>
Difference differentiate(F&& f, double enough, std::array<double, 5> steps = {1e-3, 1e-4, 1e-5, 1e-6, 1e-7}) {
  const auto estimate = [&](double h) -> Eigen::ArrayXd {
    return (8.0 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
  };
  Eigen::ArrayXd before = estimate(steps[0]);
  Difference best{before, Eigen::ArrayXd::Constant(before.size(), std::numeric_limits<double>::infinity())};
  for (std::size_t s = 1; s < steps.size(); ++s) {
    const Eigen::ArrayXd now = estimate(steps[s]);
    for (Index i = 0; i < now.size(); ++i) {
      const double error = std::abs(now(i) - before(i));
      if (error < best.error(i)) {
        best.error(i) = error;
        best.value(i) = 0.5 * (now(i) + before(i));
      }
    }
    if ((best.error <= enough).all()) break;
    before = now;
  }
  return best;
}

/// `gradient` against `numeric` to `tolerance`, in units of `scale`. Where two step sizes differ by a tenth of that
/// (there is a kink between them, or nothing is left after rounding) nothing can be said; that may be so for at most a
/// share `undecided` of the elements.
inline void check_gradient(const Matrix<double>& gradient, Matrix<double> numeric, const Matrix<double>& error,
                           const Matrix<double>& scale, double tolerance, double undecided) {
  Index unclear = 0;
  for (Index j = 0; j < gradient.cols(); ++j) {
    for (Index i = 0; i < gradient.rows(); ++i) {
      if (error(i, j) <= 0.1 * tolerance * scale(i, j)) continue;
      numeric(i, j) = gradient(i, j);
      ++unclear;
    }
  }
  INFO(unclear << " of " << gradient.size() << " differences say nothing");
  CHECK(static_cast<double>(unclear) <= undecided * static_cast<double>(gradient.size()));
  check_within(gradient, numeric, tolerance, scale, Matrix<double>::Zero(gradient.rows(), gradient.cols()));
}

/// ln|det A| by elimination with partial pivoting.
inline double log_abs_det(Matrix<double> a) {
  double sum = 0;
  for (Index k = 0; k < a.rows(); ++k) {
    Index pivot = k;
    a.col(k).tail(a.rows() - k).cwiseAbs().maxCoeff(&pivot);
    a.row(k).swap(a.row(k + pivot));
    sum += std::log(std::abs(a(k, k)));
    for (Index i = k + 1; i < a.rows(); ++i) a.row(i) -= a(i, k) / a(k, k) * a.row(k);
  }
  return sum;
}

}  // namespace laws

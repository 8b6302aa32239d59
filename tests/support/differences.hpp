#pragma once

#include <array>

#include "support/tolerance.hpp"

namespace laws {

/// A numerical derivative and how far two estimates of it lie apart.
struct Difference {
  Eigen::ArrayXd value;
  Eigen::ArrayXd error;
};

inline constexpr std::array<double, 5> small_steps{1e-3, 1e-4, 1e-5, 1e-6, 1e-7};
inline constexpr std::array<double, 5> large_steps{1e-1, 1e-2, 1e-3, 1e-4, 1e-5};

/// df/dh at h = 0, elementwise: central differences of fourth order, (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, for
/// steps that fall by the factor 10, taken where two neighbours agree best. Where the second derivative jumps the error
/// is linear in h; for that each pair is extrapolated too. Stops early when all agree to `enough`.
template <class F>
Difference differentiate(F&& f, double enough, const std::array<double, 5>& steps = small_steps) {
  const auto estimate = [&](double h) -> Eigen::ArrayXd {
    return (8.0 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
  };
  Eigen::ArrayXd before = estimate(steps[0]);
  Eigen::ArrayXd extrapolated_before;
  Difference best{before, Eigen::ArrayXd::Constant(before.size(), std::numeric_limits<double>::infinity())};
  const auto take = [&](const Eigen::ArrayXd& now, const Eigen::ArrayXd& last) {
    for (Index i = 0; i < now.size(); ++i) {
      const double error = std::abs(now(i) - last(i));
      if (error < best.error(i)) {
        best.error(i) = error;
        best.value(i) = now(i);
      }
    }
  };
  for (std::size_t s = 1; s < steps.size(); ++s) {
    const Eigen::ArrayXd now = estimate(steps[s]);
    const Eigen::ArrayXd extrapolated = now + (now - before) / 9;
    take(now, before);
    if (s > 1) take(extrapolated, extrapolated_before);
    if ((best.error <= enough).all()) break;
    before = now;
    extrapolated_before = extrapolated;
  }
  return best;
}

/// The same for a function in float, with steps that fall by the factor 2 and no more than rounding allows.
template <class F>
Eigen::ArrayXd differentiate_float(F&& f) {
  const auto estimate = [&](double h) -> Eigen::ArrayXd {
    return (8.0 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
  };
  Eigen::ArrayXd before = estimate(0.25);
  Eigen::ArrayXd best = before;
  Eigen::ArrayXd error = Eigen::ArrayXd::Constant(before.size(), std::numeric_limits<double>::infinity());
  for (double h = 0.125; h > 1e-3; h /= 2) {
    const Eigen::ArrayXd now = estimate(h);
    for (Index i = 0; i < now.size(); ++i) {
      if (std::abs(now(i) - before(i)) >= error(i)) continue;
      error(i) = std::abs(now(i) - before(i));
      best(i) = now(i);
    }
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
  CHECK(static_cast<double>(unclear) <= std::ceil(undecided * static_cast<double>(gradient.size())));
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

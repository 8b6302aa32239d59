#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "golden/mpmath.hpp"
#include "registry.hpp"
#include "support/densities.hpp"
#include "support/density_laws.hpp"

/// What every density with a location and a scale in each coordinate is tested for. Family<T, D>.
namespace location_scale {

using namespace bijou;

/// Values and gradients of one coordinate, made by make(T{}), at x against {x, ln p, d/dx, d/dlog_scale, d/dshape...}.
template <class T, class P>
void check_row(const P& p, const double* row, Index columns, double tolerance) {
  const Eigen::Matrix<T, 1, 1> x(static_cast<T>(row[0]));
  INFO("x = " << row[0]);
  const auto close = [&](T actual, double expected) {
    CHECK(std::abs(static_cast<double>(actual) - expected) < tolerance * std::max(1.0, std::abs(expected)));
  };
  close(p.log_prob(x), row[1]);
  const T by_x = p.score(x)(0);
  CHECK(std::abs(static_cast<double>(by_x) - row[2]) <= tolerance * std::abs(row[2]));
  Eigen::Vector<T, Eigen::Dynamic> gradient(p.parameter_count());
  p.nll_gradient(x, gradient);
  CHECK(gradient(0) == by_x);  // dL/dloc = -d ln p/dloc = d ln p/dx
  for (Index k = 1; k < gradient.size(); ++k) close(-gradient(k), row[k + 2]);
  CHECK(gradient.size() == columns - 2);
}

template <template <class, int> class Family>
void check_refusals() {
  using Three = Family<double, 3>;
  using Any = Family<double, Eigen::Dynamic>;
  const Eigen::Vector3d loc(1, -2, 0.5);
  const Eigen::Vector3d scale(0.5, 2, 10);
  const std::string name = Three::name;
  CHECK(message_of([&] { Three{loc, Eigen::Vector3d(1, -1, 1)}; }) ==
        name + ": a scale must be finite and positive, got -1 in coordinate 1");
  CHECK(message_of([&] { Three{Eigen::Vector3d(1, 1, std::nan("")), scale}; }) ==
        name + ": loc must be finite, got nan in coordinate 2");
  CHECK(message_of([&] { Any{Eigen::VectorXd(0), Eigen::VectorXd(0)}; }) ==
        name + ": events need at least one row, got 0");
  CHECK(message_of([&] { Any{loc, Eigen::Vector2d(1, 1)}; }) == name + ": expected a scale of size 3, got 2");
}

/// Draws of a density with this distribution function at loc 0 and scale 1.
template <template <class, int> class Family, class Cdf>
void check_draws(Cdf cdf) {
  const unsigned seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Family<double, 2> p{{0, -2}, {1, 3}};
  const Eigen::Matrix2Xd x = p.sample(100'000, rng);
  for (Index i = 0; i < 2; ++i) {
    const Eigen::VectorXd u = (x.row(i).array() - p.loc()(i)) / p.scale()(i);
    CHECK(statistics::kolmogorov_smirnov({u.begin(), u.end()}, cdf) < 1.95);
  }
}

}  // namespace location_scale

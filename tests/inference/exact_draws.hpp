#pragma once

#include <bijou/datasets/double_well.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/numerics/random.hpp>
#include <cmath>
#include <stdexcept>

#include "support/catch.hpp"

/// Draws of DoubleWell<double, 2> by rejection from two normals in its wells, with widths greater than theirs.
template <class Rng>
Eigen::Matrix2Xd exact_draws_of_double_well(bijou::Index count, Rng& rng) {
  const bijou::datasets::DoubleWell<double> well;
  Eigen::Matrix2Xd x(2, count);
  for (bijou::Index n = 0; n < count;) {
    const bool right = bijou::uniform(rng) < 0.8;
    const Eigen::Vector2d drawn((right ? 1.75 : -1.71) + 0.35 * bijou::normal(rng), bijou::normal(rng));
    const auto density = [](double at, double centre) {
      return std::exp(-std::pow((at - centre) / 0.35, 2) / 2) / 0.35;
    };
    const double proposal = 0.8 * density(drawn(0), 1.75) + 0.2 * density(drawn(0), -1.71);
    const double target = std::exp(bijou::log_prob(well, drawn) + drawn(1) * drawn(1) / 2);
    // The greatest ratio is 8.84e4, in the barrier.
    const double ratio = target / proposal / 8.9e4;
    if (ratio > 1) throw std::logic_error("the bound of the ratio is too low");
    if (bijou::uniform(rng) < ratio) x.col(n++) = drawn;
  }
  return x;
}

/// Moments of draws against quadrature, within 4 standard errors.
inline void check_double_well(const Eigen::Matrix2Xd& x) {
  const auto n = static_cast<double>(x.cols());
  const Eigen::ArrayXd first = x.row(0).transpose();
  CHECK(std::abs(first.mean() - 1.18796098) < 4 * std::sqrt(1.54855479 / n));
  const double left = (first < 0).cast<double>().mean();
  CHECK(std::abs(left - 0.1556929038) < 4 * std::sqrt(0.1556929038 * 0.8443070962 / n));
  const Eigen::ArrayXd squares = (first - 1.18796098).square();
  const double spread = (squares - squares.mean()).square().mean();
  CHECK(std::abs(squares.mean() - 1.54855479) < 4 * std::sqrt(spread / n));
  CHECK(std::abs(x.row(1).mean()) < 4 / std::sqrt(n));
  CHECK(std::abs(x.row(1).squaredNorm() / n - 1) < 4 * std::sqrt(2 / n));
}

#pragma once

#include <bijou/core/index.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "support/catch.hpp"
#include "support/compared_entries.hpp"
#include "support/message_of.hpp"
#include "support/statistics.hpp"

// What every density must satisfy, whatever its formula.
namespace densities {

using bijou::Index;

// Largest difference, relative to the larger of 1 and the largest entry.
inline double distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  if (a.size() == 0) return 0;
  return (a - b).cwiseAbs().maxCoeff() / std::max(1.0, b.cwiseAbs().maxCoeff());
}

// The distance of a gradient of f at v from central differences.
template <class F>
double distance_from_differences(const Eigen::VectorXd& gradient, F f, Eigen::VectorXd v, double step) {
  Eigen::VectorXd numeric = gradient;
  for (const Index k : compared_entries(v.size())) {
    const double center = v(k);
    v(k) = center + step;
    const double above = f(v);
    v(k) = center - step;
    const double below = f(v);
    v(k) = center;
    numeric(k) = (above - below) / (2 * step);
  }
  return distance(gradient, numeric);
}

// pi^(D/2) r^D / Gamma(1 + D/2).
inline double ball_volume(Index dimension, double radius) {
  const double half = static_cast<double>(dimension) / 2;
  return std::pow(std::numbers::pi, half) * std::pow(radius, 2 * half) / std::tgamma(1 + half);
}

// The volume of the ball where p > 0, from draws of p: E_p[1(|X - c| <= r) / p(X)].
inline void check_volume(const Eigen::MatrixXd& x, const Eigen::VectorXd& log_p, const Eigen::VectorXd& center,
                         double radius, double expected) {
  double sum = 0;
  double square = 0;
  for (Index n = 0; n < x.cols(); ++n) {
    const double value = (x.col(n) - center).norm() <= radius ? std::exp(-log_p(n)) : 0;
    sum += value;
    square += value * value;
  }
  const auto count = static_cast<double>(x.cols());
  const double mean = sum / count;
  const double error = std::sqrt((square / count - mean * mean) / count);
  INFO("volume " << mean << " +- " << error << ", expected " << expected);
  CHECK(error < 0.05 * expected);  // or the test says nothing
  CHECK(std::abs(mean - expected) < 4 * error);
}

}  // namespace densities

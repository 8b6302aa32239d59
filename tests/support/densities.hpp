#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/parameters.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/statistics.hpp"

// What every density must satisfy, whatever its formula.
namespace densities {

using bijou::Index;

// Central differences of f at v.
template <class F>
Eigen::VectorXd differences(F f, Eigen::VectorXd v, double step = 1e-5) {
  Eigen::VectorXd gradient(v.size());
  for (Index k = 0; k < v.size(); ++k) {
    const double center = v(k);
    v(k) = center + step;
    const double above = f(v);
    v(k) = center - step;
    const double below = f(v);
    v(k) = center;
    gradient(k) = (above - below) / (2 * step);
  }
  return gradient;
}

// Largest difference, relative to the larger of 1 and the largest entry.
inline double distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  if (a.size() == 0) return 0;
  return (a - b).cwiseAbs().maxCoeff() / std::max(1.0, b.cwiseAbs().maxCoeff());
}

// log_prob_pullback of a base density: dL/dx and dL/dparameters of L = sum_n w_n ln p(x_n), the latter added.
template <class P>
void check_log_prob_pullback(const P& p, const Eigen::MatrixXd& x) {
  const Index n = x.cols();
  const Eigen::VectorXd weight = Eigen::VectorXd::LinSpaced(n, -1, 2);
  bijou::Arena arena;
  bijou::Tile<double> in = arena.tile<double>(x.rows(), n);
  bijou::Tile<double> x_gradient = arena.tile<double>(x.rows(), n);
  bijou::Row<double> weights = arena.row<double>(n);
  bijou::ParameterGradient<double> gradient = arena.zeros<double>(parameter_count(p));
  in = x.array();
  x_gradient.setConstant(std::numeric_limits<double>::quiet_NaN());
  weights = weight.transpose().array();
  gradient.setConstant(10);
  p.log_prob_pullback(bijou::detail::as_const(in), bijou::detail::as_const(weights), x_gradient, gradient);

  const auto loss = [&](const P& density, const Eigen::MatrixXd& events) {
    return weight.dot(density.log_prob(events));
  };
  const Eigen::VectorXd by_x =
      differences([&](const Eigen::VectorXd& flat) { return loss(p, flat.reshaped(x.rows(), n)); }, x.reshaped());
  CHECK(distance(x_gradient.matrix(), by_x.reshaped(x.rows(), n)) < 1e-7);
  Eigen::VectorXd parameters(parameter_count(p));
  copy_parameters(p, parameters);
  const Eigen::VectorXd by_parameters = differences(
      [&](const Eigen::VectorXd& values) {
        P changed = p;
        assign_parameters(changed, values);
        return loss(changed, x);
      },
      parameters);
  CHECK(distance(gradient.matrix(), (by_parameters.array() + 10).matrix()) < 1e-7);
}

// The same seed gives the same draws, and n draws are the first n of more.
template <class P>
void check_draws_repeat(const P& p) {
  std::mt19937_64 rng{5};
  std::mt19937_64 same{5};
  std::mt19937_64 longer{5};
  std::mt19937_64 other{6};
  const auto x = p.sample(200, rng);
  CHECK(x.rows() == p.event_size());
  CHECK(x == p.sample(200, same));
  CHECK(x == p.sample(1000, longer).leftCols(200));
  CHECK(x != p.sample(200, other));
  CHECK(x != p.sample(200, rng));
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

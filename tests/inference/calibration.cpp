#include <bijou/datasets/simulators.hpp>
#include <bijou/inference/calibration.hpp>
#include <bijou/inference/simulate.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

const datasets::GaussianLinearSimulator<double, 2> simulator;
constexpr Index simulations = 1000;

/// The exact posterior with its mean moved and its deviations multiplied.
Calibration calibration_of(double shift, double factor) {
  std::mt19937_64 rng{3};
  const auto pairs = simulate(simulator.prior(), simulator, simulations, rng);
  const auto posterior_of = [&](const Eigen::Vector2d& x) {
    return DiagonalNormal<double, 2>{(x.array() / 2 + shift).matrix(),
                                     Eigen::Vector2d::Constant(factor * std::sqrt(0.05))};
  };
  return calibrate(pairs.theta, pairs.x, posterior_of, {.draws = 99}, rng);
}

/// Draws, but no density.
struct WithoutDensity {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr Index event_size() { return 2; }
  void log_prob(DensityEvaluation<double> e) const { e.log_prob += std::numeric_limits<double>::quiet_NaN(); }
  template <class Rng>
  Eigen::Matrix2Xd sample(Index n, Rng&&) const {
    return Eigen::Matrix2Xd::Zero(2, n);
  }
};

}  // namespace

TEST_CASE("Exact posteriors are calibrated", "[calibration]") {
  const Calibration exact = calibration_of(0, 1);
  CHECK(exact.ranks.minCoeff() >= 0);
  CHECK(exact.ranks.maxCoeff() <= 99);
  // Seed 3; each of these fails by chance with 1e-4.
  CHECK(exact.p_value(0) > 1e-4);
  CHECK(exact.p_value(1, 20) > 1e-4);
  CHECK(exact.coverage_p_value() > 1e-4);
  for (const double level : {0.1, 0.5, 0.9}) {
    CHECK(std::abs(exact.coverage(level) - level) < 3.9 * std::sqrt(level * (1 - level) / simulations));
  }
  CHECK(exact.coverage(0) == 0);
  CHECK(exact.coverage(1) == 1);
}

TEST_CASE("Wrong posteriors are not", "[calibration]") {
  const Calibration moved = calibration_of(0.1, 1);
  CHECK(moved.p_value(0) < 1e-12);
  const Calibration narrow = calibration_of(0, 0.7);
  CHECK(narrow.p_value(0) < 1e-12);
  CHECK(narrow.coverage_p_value() < 1e-12);
  CHECK(narrow.coverage(0.9) < 0.8);  // overconfident: 1 - 0.1^(0.49) = 0.676
  const Calibration wide = calibration_of(0, 1.4);
  CHECK(wide.coverage(0.5) > 0.6);
}

TEST_CASE("Ranks by hand", "[calibration]") {
  Calibration ranks;
  ranks.draws = 3;
  ranks.ranks.resize(1, 8);
  ranks.ranks << 0, 0, 0, 0, 1, 2, 3, 3;
  ranks.density_ranks = ranks.ranks.row(0).transpose();
  // Counts 4, 1, 1, 2 beside 2 each: chi-square 3 with 3 degrees of freedom.
  CHECK(ranks.p_value(0, 4) == Approx(0.3916251762710877));
  CHECK(ranks.p_value(0, 2) == Approx(std::erfc(std::sqrt(0.25))));  // 5 and 3
  CHECK(ranks.coverage(0.25) == 0.5);
  CHECK(ranks.coverage(0.75) == 0.75);
  CHECK(message_of([&] { ranks.p_value(0, 5); }) == "Calibration: expected bins in 2, ..., 4, got 5");
  CHECK(message_of([&] { Calibration{}.coverage(0.5); }) == "Calibration: expected ranks of at least 1, got 0");
  CHECK(message_of([&] { ranks.coverage(1.5); }) == "Calibration: expected a level in [0, 1], got 1.5");
  // 0.07 * 100 is a little above 7.
  ranks.draws = 99;
  ranks.density_ranks = Eigen::VectorXi::LinSpaced(100, 0, 99);
  for (int percent = 0; percent <= 100; ++percent) CHECK(ranks.coverage(percent / 100.0) == percent / 100.0);
}

TEST_CASE("calibrate refuses bad arguments", "[calibration]") {
  std::mt19937_64 rng{1};
  const auto posterior_of = [](const Eigen::VectorXd&) { return simulator.prior(); };
  const Eigen::Matrix2Xd none(2, 0);
  CHECK(message_of([&] { calibrate(none, none, posterior_of, {}, rng); }) ==
        "calibrate: expected at least 1 simulation, got 0");
  CHECK(message_of([&] { calibrate(none, none, posterior_of, {.draws = 0}, rng); }) ==
        "calibrate: expected draws of at least 1, got 0");
  Eigen::Matrix2Xd theta = Eigen::Matrix2Xd::Zero(2, 3);
  const Eigen::Matrix2Xd x = theta;
  CHECK(message_of([&] { calibrate(theta, x, posterior_of, {}, rng).p_value(2, 2); }) ==
        "Calibration: expected parameter in 0, ..., 1, got 2");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  theta(1, 2) = nan;
  CHECK(message_of([&] { calibrate(theta, x, posterior_of, {}, rng); }) ==
        "calibrate: expected finite theta, got nan in column 2, row 1 (counting from 0)");
  CHECK(message_of([&] { calibrate(x, theta, posterior_of, {}, rng); }) ==
        "calibrate: expected finite x, got nan in column 2, row 1 (counting from 0)");
  const auto without_density = [](const Eigen::Vector2d&) { return WithoutDensity{}; };
  CHECK(message_of([&] { calibrate(x, x, without_density, {}, rng); }) ==
        "calibrate: the density of the posterior of column 0 of x is NaN");
}

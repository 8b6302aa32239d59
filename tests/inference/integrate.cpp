#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/inference/integrate.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr double pi = 3.14159265358979323846;

Eigen::RowVectorXd bell(const Eigen::Matrix2Xd& x) { return (-x.colwise().squaredNorm()).array().exp(); }

DiagonalNormal<double, 2> proposal(double scale) { return {Eigen::Vector2d::Zero(), Eigen::Vector2d::Constant(scale)}; }

}  // namespace

TEST_CASE("integrate: value, error and relative variance", "[integrate]") {
  // pi, by N(0, s^2): E (f/q)^2 = (2 pi s^2)^2 / (2 pi s^2) int exp(-2 r^2 + r^2 / 2 s^2) = 2 pi^2 s^4 / (2 s^2 - 1/2).
  const double s = 1;
  const double relative = 2 * s * s * s * s / (2 * s * s - 0.5) - 1;
  std::mt19937_64 rng{1};
  Workspace workspace;
  const Integral result = integrate(proposal(s), bell, 100'000, rng, workspace);
  INFO("seed 1: " << result.value << " +- " << result.standard_error << ", relative variance "
                  << result.relative_variance);
  CHECK(std::abs(result.value - pi) < 4.5 * result.standard_error);  // false alarm 7e-6
  CHECK(result.relative_variance == Approx(relative).epsilon(0.05));
  CHECK(result.standard_error == Approx(pi * std::sqrt(relative / 100'000)).epsilon(0.05));

  const Integral exact = integrate(proposal(std::sqrt(0.5)), bell, 100, rng);
  CHECK(exact.value == Approx(pi).epsilon(1e-13));
  CHECK(exact.relative_variance < 1e-25);
  CHECK(std::isnan(integrate(proposal(s), bell, 1, rng).standard_error));
}

TEST_CASE("integrate: each draw is evaluated once, in pieces that do not change the draws", "[integrate]") {
  std::vector<Index> pieces;
  Eigen::VectorXf seen(40'000);
  Index count = 0;
  std::mt19937_64 rng{2}, same{2};
  const DiagonalNormal<float, 1> p{Eigen::Vector<float, 1>(0), Eigen::Vector<float, 1>(1)};
  const Integral result = integrate(
      p,
      [&](const Eigen::RowVectorXf& x) -> Eigen::VectorXi {
        pieces.push_back(x.cols());
        seen.segment(count, x.cols()) = x.transpose();
        count += x.cols();
        return Eigen::VectorXi::Ones(x.cols());
      },
      40'000, rng);
  CHECK(pieces == std::vector<Index>{16'384, 16'384, 7'232});
  const auto draws = p.sample_with_log_prob(40'000, same);
  CHECK(seen.transpose() == draws.events);
  const Eigen::ArrayXd ratios = (-draws.log_prob.cast<double>()).array().exp();
  CHECK(result.value == Approx(ratios.mean()).epsilon(1e-12));
  const double variance = (ratios - ratios.mean()).square().sum() / 39'999;
  CHECK(result.standard_error == Approx(std::sqrt(variance / 40'000)).epsilon(1e-10));
}

TEST_CASE("integrate: f over a density beyond the range of a double", "[integrate]") {
  CHECK(detail::over_density(-2e-300, -690) == Approx(-2 * std::exp(690 - 300 * std::log(10.0))));
  CHECK(detail::over_density(1e-300, -1000) == Approx(std::exp(1000 - 300 * std::log(10.0))));
  CHECK(detail::over_density(0, -std::numeric_limits<double>::infinity()) == 0);
}

TEST_CASE("integrate: of nothing the relative variance is infinite", "[integrate]") {
  std::mt19937_64 rng{3};
  const auto nothing = [](const Eigen::Matrix2Xd& x) { return Eigen::VectorXd::Zero(x.cols()).eval(); };
  const Integral integral = integrate(proposal(1), nothing, 50, rng);
  CHECK(integral.value == 0);
  CHECK(integral.standard_error == 0);
  CHECK(integral.relative_variance == std::numeric_limits<double>::infinity());
}

TEST_CASE("integrate: what is refused", "[integrate]") {
  std::mt19937_64 rng{3};
  CHECK(message_of([&] { integrate(proposal(1), bell, 0, rng); }) == "integrate: expected at least 1 draw, got 0");
  const auto bad = [](const Eigen::Matrix2Xd& x) {
    Eigen::VectorXd f = Eigen::VectorXd::Ones(x.cols());
    f(2) = std::numeric_limits<double>::quiet_NaN();
    return f;
  };
  CHECK(message_of([&] { integrate(proposal(1), bad, 5, rng); }) ==
        "integrate: expected a finite integrand, got nan for the event of column 2 of a batch");
  const auto few = [](const Eigen::Matrix2Xd&) { return Eigen::Vector2d(1, 1); };
  CHECK(message_of([&] { integrate(proposal(1), few, 5, rng); }) ==
        "integrate: expected values of the integrand of size 5, got 2");
}

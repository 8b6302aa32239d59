#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/likelihood_energy.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "support/agreeing_scores.hpp"
#include "support/catch.hpp"
#include "support/linear_normal.hpp"
#include "support/made_flows.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const DiagonalNormal<double, 2> normal_prior{{0.5, -1.0}, {2.0, 1.0}};

Eigen::MatrixXd normals(Index rows, Index cols, std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  Eigen::MatrixXd all(rows, cols);
  for (double& each : all.reshaped()) each = normal(rng);
  return all;
}

/// A flow whose weights are not those near the identity.
AnyFlow<double> trained_flow() {
  std::mt19937_64 rng{3};
  AnyFlow<double> flow = made_flows::maf<double>({.event_size = 3, .context_size = 2, .layers = 2, .hidden = {8}}, rng);
  Eigen::VectorXd parameters(flow.parameter_count());
  for (double& each : parameters) each = 0.3 * normal(rng);
  flow.set_parameters(parameters);
  return flow;
}

}  // namespace

TEST_CASE("LikelihoodEnergy is the prior and the sum over observations", "[likelihood_energy]") {
  const LinearNormal<double> likelihood(0.7);
  for (const Index observations : {Index{1}, Index{3}, Index{200}}) {
    const Eigen::MatrixXd x_o = normals(2, observations, 1);
    const LikelihoodEnergy posterior{likelihood, x_o, normal_prior};
    for (const Index count : {Index{1}, Index{2}, Index{5}, Index{130}}) {
      const Eigen::Matrix2Xd theta = normals(2, count, 2);
      const Eigen::VectorXd log_p = log_prob(posterior, theta);
      const Eigen::MatrixXd score = bijou::score(posterior, theta);
      for (Index n = 0; n < count; ++n) {
        INFO(observations << " observations, theta " << n << " of " << count);
        const Eigen::MatrixXd residual = x_o.colwise() - theta.col(n);
        const double expected = normal_prior.log_prob(Eigen::Vector2d(theta.col(n))) -
                                0.5 * residual.squaredNorm() / 0.49 -
                                static_cast<double>(observations) * std::log(2 * std::numbers::pi * 0.49);
        CHECK(log_p(n) == Approx(expected).epsilon(1e-12));
        const Eigen::Vector2d gradient =
            residual.rowwise().sum() / 0.49 + normal_prior.score(Eigen::Vector2d(theta.col(n)));
        CHECK((score.col(n) - gradient).norm() < 1e-11 * (1 + gradient.norm()));
      }
    }
  }
}

TEST_CASE("The gradient of LikelihoodEnergy under a flow agrees with differences", "[likelihood_energy]") {
  const LikelihoodEnergy posterior{trained_flow(), normals(3, 4, 5), normal_prior};
  const Eigen::MatrixXd theta = normals(2, 9, 6);
  CHECK(laws::agreeing_scores(posterior, theta) >= 8);
}

TEST_CASE("LikelihoodEnergy outside of the prior is -infinity, and its flow is not asked", "[likelihood_energy]") {
  const Uniform<double, 2> box{{-1.0, -1.0}, {1.0, 1.0}};
  const LikelihoodEnergy posterior{LinearNormal<double>(0.7, 1.0), normals(2, 3, 1), box};
  Eigen::Matrix2Xd theta = 0.4 * normals(2, 20, 2);
  theta = theta.cwiseMin(0.99).cwiseMax(-0.99);
  const Eigen::VectorXd inside = log_prob(posterior, theta);
  Eigen::Matrix2Xd mixed(2, 40);
  for (Index n = 0; n < 20; ++n) {
    mixed.col(2 * n) = theta.col(n);
    mixed.col(2 * n + 1) = Eigen::Vector2d(1.5, std::nan(""));
    if (n % 2 == 0) mixed(1, 2 * n + 1) = 0;
  }
  LinearNormal<double>::evaluated = 0;
  const Eigen::VectorXd log_p = log_prob(posterior, mixed);
  CHECK(LinearNormal<double>::evaluated == 60);
  const Eigen::MatrixXd score = bijou::score(posterior, mixed);
  CHECK(score(0, 0) != 0);
  for (Index n = 0; n < 20; ++n) {
    CHECK(log_p(2 * n) == inside(n));
    if (n % 2 == 0) {
      CHECK(log_p(2 * n + 1) == -infinity);
      CHECK(score.col(2 * n + 1).norm() == 0);
    } else {
      CHECK(std::isnan(log_p(2 * n + 1)));
      CHECK(score.col(2 * n + 1).array().isNaN().all());
    }
  }
  // One alone among others has the bits of a batch.
  const LikelihoodEnergy under_flow{trained_flow(), normals(3, 1, 5), box};
  const double with_others = log_prob(under_flow, theta)(3);
  Eigen::Matrix2Xd alone = Eigen::Matrix2Xd::Constant(2, 20, 5);
  alone.col(11) = theta.col(3);
  CHECK(log_prob(under_flow, alone)(11) == with_others);
}

TEST_CASE("LikelihoodEnergy refuses parts that do not fit", "[likelihood_energy]") {
  const LinearNormal<double> likelihood(1);
  const auto error = [&](const Eigen::MatrixXd& x_o) {
    return message_of([&] { LikelihoodEnergy(likelihood, x_o, normal_prior); });
  };
  CHECK(error(Eigen::MatrixXd::Zero(3, 1)) == "LikelihoodEnergy: expected events of 2 rows, got 3");
  CHECK(error(Eigen::MatrixXd::Zero(2, 0)) == "LikelihoodEnergy: expected at least 1 observation, got 0");
  CHECK(error(Eigen::MatrixXd::Constant(2, 1, infinity)) ==
        "LikelihoodEnergy: expected finite observations, got inf in column 0, row 0 (counting from 0)");
  const Uniform<double, 1> line{Eigen::Vector<double, 1>(0.0), Eigen::Vector<double, 1>(1.0)};
  CHECK(message_of([&] { LikelihoodEnergy(likelihood, Eigen::Vector2d(0, 0), line); }) ==
        "LikelihoodEnergy: expected a flow with a context of size 1, got 2");
}

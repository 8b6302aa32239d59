#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <cmath>
#include <random>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;

// Has functions on tiles only, and no name: ln p(x) = -x_0 - x_1 for positive x.
struct Exponential {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr Index event_size() { return 2; }
  static constexpr auto members() { return bijou::Members<>{}; }
  void log_prob(DensityEvaluation<double> e) const { e.log_prob -= e.input.colwise().sum(); }
  void log_prob_pullback(DensityPullback<double> p) const { p.input_gradient.rowwise() = -p.log_prob_gradient; }
  void draw(Eigen::Ref<Eigen::MatrixXd> events, auto& rng) const {
    for (double& x : events.reshaped()) x = -std::log1p(-uniform(rng));
  }
};

}  // namespace

TEST_CASE("a distribution with functions on tiles only is evaluated and drawn from", "[calls_of]") {
  const Exponential p;
  std::mt19937_64 rng{4};
  const Eigen::Matrix2Xd x = bijou::sample(p, 500, rng);
  CHECK(x.minCoeff() >= 0);
  CHECK((bijou::log_prob(p, x) + x.colwise().sum().transpose()).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(bijou::log_prob(p, Eigen::Vector2d(0.5, 2.0)) == -2.5);
}

TEST_CASE("the functions for all distributions give what the calls of a distribution give", "[calls_of]") {
  const StandardNormal<double, 2> p;
  std::mt19937_64 rng{1};
  std::mt19937_64 same{1};
  const Eigen::Matrix2Xd x = p.sample(300, rng);
  CHECK(bijou::sample(p, 300, same) == x);
  CHECK(bijou::log_prob(p, x) == p.log_prob(x));
  CHECK(bijou::log_prob(p, Eigen::Vector2d(1, 2)) == p.log_prob(Eigen::Vector2d(1, 2)));
  Workspace workspace;
  CHECK(bijou::log_prob(p, x, workspace) == p.log_prob(x));
  CHECK(bijou::log_prob(p, x, Workspace{2}) == p.log_prob(x));

  const TransformedDistribution flow{p, Affine<double, 2>{{1, 2}, {3, 4}}};
  rng.seed(2);
  same.seed(2);
  CHECK(bijou::sample(flow, 300, rng) == flow.sample(300, same));
  CHECK(bijou::log_prob(flow, x) == flow.log_prob(x));
}

TEST_CASE("the functions for all distributions refuse batches of the wrong size", "[calls_of]") {
  const Exponential p;
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { bijou::log_prob(p, Eigen::MatrixXd::Zero(3, 5)); }) ==
        "distribution: expected events of 2 rows, got 3");
  CHECK(message_of([&] { bijou::sample(p, -1, rng); }) == "distribution: cannot draw -1 events");
  CHECK(bijou::sample(p, 0, rng).cols() == 0);
  TransformedDistribution flow{StandardNormal<double, dynamic>{2}, Affine<double, 2>{{0, 0}, {1, 1}}};
  flow.base = StandardNormal<double, dynamic>{3};
  const std::string message = "TransformedDistribution: the parts have different event sizes, 2 and 3";
  CHECK(message_of([&] { bijou::log_prob(flow, Eigen::MatrixXd::Zero(3, 5)); }) == message);
  CHECK(message_of([&] { bijou::log_prob(flow, Eigen::MatrixXd::Zero(2, 5)); }) == message);
  CHECK(message_of([&] { bijou::sample(flow, 2, rng); }) == message);
}

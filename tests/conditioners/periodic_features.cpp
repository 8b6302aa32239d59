#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/periodic_features.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;
using Smooth = activations::Tanh;

static_assert(SequentialConditioner<PeriodicFeatures<Made<float>>>);
static_assert(Conditioner<PeriodicFeatures<Mlp<double>>>);

TEST_CASE("PeriodicFeatures: laws", "[periodic_features]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::PeriodicMade>);
  laws::check_conditioner([]<class T>(T, auto& rng) {
    return PeriodicFeatures<Mlp<T, Smooth>>{Eigen::Vector3<T>(0, 3, 1), 4, {{6, 5}, 1}, rng};
  });
  std::mt19937_64 rng{1};
  const auto made = registry::conditioners::PeriodicMade::make<double>(rng);
  for (const Index events : {9, 1}) laws::check_steps(made, 3, laws::Given::by_coordinate, events);
}

TEST_CASE("the network sees sine and cosine", "[periodic_features]") {
  std::mt19937_64 rng{1};
  const Mlp<double, Smooth> network{3, 2, {5}, rng};
  const PeriodicFeatures<Mlp<double, Smooth>> periodic{Eigen::Vector2d(4, 0), network};
  laws::Matrix<double> x(2, 6), features(3, 6);
  x << 0, 1, -1, 2, 17.25, -1e6, 1, 2, 3, 4, 5, 6;
  for (Index n = 0; n < 6; ++n) {
    const double angle = 2 * std::acos(-1.0) * std::remainder(x(0, n), 4.0) / 4;
    features.col(n) << std::sin(angle), std::cos(angle), x(1, n);
  }
  const laws::ConditionerSubjectOf whole(periodic);
  const laws::ConditionerSubjectOf inside(network);
  CHECK(whole.evaluate(x, laws::Matrix<double>(0, 6))
            .isApprox(inside.evaluate(features, laws::Matrix<double>(0, 6)), 1e-9));
}

TEST_CASE("a flow of angles has a periodic density", "[periodic_features]") {
  std::mt19937_64 rng{2};
  const double pi = std::acos(-1.0);
  using Spline = RationalQuadraticSpline<double, 5, spline_edges::Circular>;
  using Network = PeriodicFeatures<Made<double, Smooth>>;
  const Spline spline(-pi, pi);
  Autoregressive<2, Spline, Network> layer{
      spline, Network{Eigen::Vector2d::Constant(2 * pi), spline.parameters_per_coordinate(), {8}, rng}};
  TransformedDistribution flow{Uniform<double, 2>{{-pi, -pi}, {pi, pi}}, layer};
  Eigen::VectorXd parameters = flow.parameters();
  for (double& value : parameters) value = normal(rng);
  flow.set_parameters(parameters);
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 50) * 3;
  const Eigen::VectorXd log_p = flow.log_prob(x);
  CHECK(log_p.maxCoeff() - log_p.minCoeff() > 1);
  Eigen::Matrix2Xd turned = x;
  turned.row(0).array() += 2 * pi;
  turned.row(1).array() -= 4 * pi;
  CHECK(flow.log_prob(turned).isApprox(log_p, 1e-9));
  const double end = pi * (1 - 1e-12);
  for (const double other : {-2.0, 0.5}) {
    CHECK(flow.log_prob(Eigen::Vector2d(end, other)) ==
          Approx(flow.log_prob(Eigen::Vector2d(-end, other))).margin(1e-6));
    CHECK(flow.log_prob(Eigen::Vector2d(other, end)) ==
          Approx(flow.log_prob(Eigen::Vector2d(other, -end))).margin(1e-6));
  }
}

TEST_CASE("what PeriodicFeatures refuses", "[periodic_features]") {
  std::mt19937_64 rng{1};
  using P = PeriodicFeatures<Mlp<float>>;
  CHECK(message_of([&] { P{Eigen::Vector2f(1, -1), 2, {4}, rng}; }) ==
        "PeriodicFeatures: expected periods of 0 or more with a finite reciprocal, got -1 in coordinate 1");
  CHECK(message_of([&] { P{Eigen::Vector2f(1, 0), Mlp<float>{2, 2, {4}, rng}}; }) ==
        "PeriodicFeatures: expected a network with input of size 3, got 2");
}

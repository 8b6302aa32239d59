#include <bijou/bijou.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/in_order.hpp"
#include "support/message_of.hpp"
#include "support/statistics.hpp"

using namespace bijou;

TEST_CASE("leading_conditional: of a multivariate normal", "[leading_conditional]") {
  std::mt19937_64 rng{1};
  const in_order::Normal normal(rng);
  const Eigen::Matrix3Xd x = 2 * Eigen::Matrix3Xd::Random(3, 100);
  for (const Index k : {1, 2}) {
    const Index d = 3 - k;
    const Eigen::MatrixXd leading = x.topRows(k);
    const auto log_p = leading_conditional(normal.flow, leading).log_prob(x.bottomRows(d));
    const Eigen::MatrixXd block = normal.covariance.topLeftCorner(k, k);
    const Eigen::MatrixXd inverse =
        k == 1 ? Eigen::MatrixXd::Constant(1, 1, 1 / block(0, 0))
               : Eigen::MatrixXd(Eigen::Matrix2d{{block(1, 1), -block(0, 1)}, {-block(1, 0), block(0, 0)}} /
                                 (block(0, 0) * block(1, 1) - block(0, 1) * block(1, 0)));
    const Eigen::MatrixXd slope = normal.covariance.bottomLeftCorner(d, k) * inverse;
    const Eigen::MatrixXd covariance =
        normal.covariance.bottomRightCorner(d, d) - slope * normal.covariance.topRightCorner(k, d);
    for (Index n = 0; n < x.cols(); ++n) {
      const Eigen::VectorXd mean = normal.mean.tail(d) + slope * (leading.col(n) - normal.mean.head(k));
      const double expected = in_order::log_normal(x.col(n).tail(d), mean, covariance);
      CHECK(log_p(n) == Approx(expected).epsilon(1e-11).margin(1e-11));
    }
  }
}

// p(x_2 | x_0, x_1) = p(x) / integral of p(x) over x_2; for the last of two or three coordinates.
TEST_CASE("leading_conditional: beside quadrature, affine and spline layers", "[leading_conditional]") {
  std::mt19937_64 rng{2};
  const auto check = [](const auto& flow, const auto& x, double bound, Index panels, double tolerance) {
    const Index last = flow.event_size() - 1;
    const auto joint = [&](const Eigen::RowVectorXd& points) {
      Eigen::MatrixXd events(last + 1, points.size());
      events.topRows(last).colwise() = x.head(last);
      events.row(last) = points;
      return Eigen::VectorXd(flow.log_prob(events).array().exp());
    };
    const double mass = in_order::integral(-bound, bound, panels, joint);
    const Eigen::VectorXd leading = x.head(last);
    const Eigen::RowVectorXd points = Eigen::RowVectorXd::LinSpaced(40, -3, 3);
    const Eigen::VectorXd expected = joint(points) / mass;
    const Eigen::VectorXd p = leading_conditional(flow, leading).log_prob(points).array().exp();
    CHECK((p - expected).cwiseAbs().maxCoeff() < tolerance);
  };
  check(in_order::maf(rng), Eigen::Vector3d(0.3, -0.8, 0.5), 60, 2000, 1e-9);
  using Layer = Autoregressive<2, RationalQuadraticSpline<double, 8>, Made<double>>;
  const auto nsf = in_order::with_random_parameters(
      TransformedDistribution{Logistic<double, 2>{Eigen::Vector2d(0, 1), Eigen::Vector2d(1, 0.5)},
                              Chain{Layer{{16}, rng}, Layer{{16}, rng}}},
      0.5, rng);
  check(nsf, Eigen::Vector2d(0.3, -0.8), 80, 20000, 1e-5);  // kinks of the splines
}

// Kolmogorov-Smirnov of 20,000 draws; above 1.95 with probability 0.001.
TEST_CASE("leading_conditional: draws have the density", "[leading_conditional]") {
  std::mt19937_64 rng{3};
  const auto flow = in_order::maf(rng);
  const Eigen::Vector2d leading(0.4, -0.3);
  const auto rest = leading_conditional(flow, leading);
  const auto draws = rest.sample_with_log_prob(20'000, rng);
  CHECK((rest.log_prob(draws.events) - draws.log_prob).cwiseAbs().maxCoeff() < 1e-10);
  // Affine layers: given the others, x_2 is normal.
  const double center = in_order::integral(-60, 60, 2000, [&](const Eigen::RowVectorXd& x) {
    return Eigen::VectorXd(rest.log_prob(x).array().exp() * x.transpose().array());
  });
  const double square = in_order::integral(-60, 60, 2000, [&](const Eigen::RowVectorXd& x) {
    return Eigen::VectorXd(rest.log_prob(x).array().exp() * (x.transpose().array() - center).square());
  });
  const std::vector<double> x(draws.events.data(), draws.events.data() + draws.events.size());
  const double score = statistics::kolmogorov_smirnov(
      x, [&](double each) { return statistics::normal_cdf((each - center) / std::sqrt(square)); });
  INFO("seed 3, score " << score);
  CHECK(score < 1.95);
}

TEST_CASE("leading_conditional: each event with its own, under a context, with the gradient", "[leading_conditional]") {
  std::mt19937_64 rng{4};
  const auto flow = in_order::with_random_parameters(
      TransformedDistribution{StandardNormal<double, 3>{}, MAF<double, 3>{NetworkOptions{{16}, 2}, rng}}, 0.3, rng);
  const Eigen::Matrix2Xd context = Eigen::Matrix2Xd::Random(2, 150);
  const Eigen::Matrix3Xd x = Eigen::Matrix3Xd::Random(3, 150);
  const Eigen::MatrixXd leading = x.topRows(1);
  const auto view = flow.given(context);
  const auto rest = leading_conditional(view, leading);
  const auto log_p = rest.log_prob(x.bottomRows(2));
  const Eigen::VectorXd expected = view.log_prob(x) - leading_marginal(view, 1).log_prob(leading);
  CHECK((log_p - expected).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(rest.score(x.bottomRows(2)) == view.score(x).bottomRows(2));
  const auto draws = rest.sample_with_log_prob(rng);
  CHECK(draws.events.cols() == 150);
  CHECK((rest.log_prob(draws.events) - draws.log_prob).cwiseAbs().maxCoeff() < 1e-11);
  // What is given stays in the view where it is a temporary.
  const auto held = leading_conditional(flow.given(Eigen::Vector2d(0.1, 0.2)), Eigen::Vector2d(0.3, 0.4));
  CHECK(held.sample(7, rng).rows() == 1);
}

TEST_CASE("leading_conditional: the same bits at any number of threads", "[leading_conditional]") {
  std::mt19937_64 rng{5};
  const auto flow = in_order::maf(rng);
  const Eigen::Vector2d leading(0.4, -0.3);
  const auto rest = leading_conditional(flow, leading);
  const auto one = rest.sample(1000, std::mt19937_64{6}, Workspace{1});
  CHECK(rest.sample(1000, std::mt19937_64{6}, Workspace{3}) == one);
  CHECK(rest.log_prob(one, Workspace{3}) == rest.log_prob(one, Workspace{1}));
}

TEST_CASE("leading_conditional: refusals", "[leading_conditional]") {
  std::mt19937_64 rng{6};
  const auto flow = in_order::maf(rng);
  const Eigen::Matrix3Xd three = Eigen::Matrix3Xd::Random(3, 4);
  CHECK(message_of([&] { leading_conditional(flow, three); }) ==
        "leading_conditional: expected between 1 and 2 given coordinates, got 3");
  const Eigen::Matrix2Xd two = three.topRows(2);
  const auto rest = leading_conditional(flow, two);
  CHECK(message_of([&] { rest.log_prob(Eigen::RowVectorXd(5)); }) ==
        "LeadingConditional: expected given coordinates in 1 column or in 5, one for each event, got 4");
  const TransformedDistribution coupling{StandardNormal<double, 3>{}, RealNVP<double, 3>{1, {8}, rng}};
  CHECK(message_of([&] { leading_conditional(coupling, two); }) ==
        "leading_conditional: exact only for a flow whose coordinate i depends on the first i + 1 coordinates of "
        "independent noise, without permutations and couplings; others go by sampling, see marginal_by_sampling");
  Eigen::Matrix2Xd mine = two;
  const auto own = leading_conditional(flow, mine.topRows(1));
  CHECK(message_of([&] { own.sample(mine, rng); }) ==
        "LeadingConditional: the draws would overwrite their context: give a copy of it");
}

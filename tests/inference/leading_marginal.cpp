#include <bijou/bijou.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/in_order.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// The integral over coordinate k of p(x_0 ... x_k) is p(x_0 ... x_{k-1}), the last one 1.
template <class Flow>
void check_integrals(const Flow& flow, const Eigen::VectorXd& x, double low, double high, double tolerance,
                     Index panels = 2000) {
  for (Index k = 0; k < flow.event_size(); ++k) {
    INFO("coordinate " << k);
    const double mass = in_order::integral(low, high, panels, [&](const Eigen::RowVectorXd& points) {
      Eigen::MatrixXd events(k + 1, points.size());
      events.topRows(k).colwise() = x.head(k);
      events.row(k) = points;
      return Eigen::VectorXd(leading_marginal(flow, k + 1).log_prob(events).array().exp());
    });
    const double expected = k == 0 ? 1 : std::exp(leading_marginal(flow, k).log_prob(x.head(k).eval()));
    CHECK(mass == Approx(expected).epsilon(tolerance));
  }
  const Eigen::MatrixXd whole = x;
  CHECK(leading_marginal(flow, flow.event_size()).log_prob(whole)(0) == flow.log_prob(whole)(0));
}

}  // namespace

TEST_CASE("leading_marginal: of a multivariate normal", "[leading_marginal]") {
  std::mt19937_64 rng{1};
  const in_order::Normal normal(rng);
  const Eigen::Matrix3Xd x = 2 * Eigen::Matrix3Xd::Random(3, 200);
  for (const Index k : {1, 2, 3}) {
    const auto log_p = leading_marginal(normal.flow, k).log_prob(x.topRows(k));
    for (Index n = 0; n < x.cols(); ++n) {
      const double expected =
          in_order::log_normal(x.col(n).head(k), normal.mean.head(k), normal.covariance.topLeftCorner(k, k));
      CHECK(log_p(n) == Approx(expected).epsilon(1e-13).margin(1e-13));
    }
  }
}

TEST_CASE("leading_marginal: integrals over the last coordinate, affine and spline layers", "[leading_marginal]") {
  std::mt19937_64 rng{2};
  const auto maf = in_order::maf(rng);
  check_integrals(maf, Eigen::Vector3d(0.3, -0.8, 0.5), -60, 60, 1e-9);

  using Layer = Autoregressive<3, RationalQuadraticSpline<double, 8>, Made<double>>;
  const auto nsf = in_order::with_random_parameters(
      TransformedDistribution{StandardNormal<double, 3>{}, Chain{Layer{{16}, rng}, Layer{{16}, rng}}}, 0.3, rng);
  check_integrals(nsf, Eigen::Vector3d(0.3, -0.8, 0.5), -12, 12, 1e-6, 10'000);  // kinks of the splines
}

TEST_CASE("leading_marginal: every map in order, over every base of independent coordinates", "[leading_marginal]") {
  std::mt19937_64 rng{3};
  using Vector = Eigen::Vector2d;
  const Vector low(-4, -5), high(4, 6);
  ActNorm<double, 2> scales{Eigen::Matrix2d{{0.1, -0.2}, {0.3, 0.4}}};
  const auto maps = [&](auto... first) {
    return Chain{first...,
                 Standardize<double, 2>{Vector(0.5, -0.5), Vector(0.7, 1.5)},
                 Affine<double, 2>{Vector(0.2, 0.1), Vector(-0.8, 1.2)},
                 scales,
                 Frozen{MAF<double, 2>{{8}, rng}},
                 Invert{MAF<double, 2>{{8}, rng}},
                 TriangularAffine<double, 2>{},
                 DynamicChain{Elementwise<2, AffineTransformer<double>>{}},
                 Permute<2>{0, 1}};
  };
  const auto all = in_order::with_random_parameters(
      TransformedDistribution{DiagonalNormal<double, 2>{Vector(0.2, 0.3), Vector(0.8, 1.1)},
                              maps(Box<double, 2>{low, high})},
      0.1, rng);
  check_integrals(all, Vector(0.3, 1.2), -5, 6, 1e-8);
  const Logistic<double, 2> logistic{Vector(0.2, 0.3), Vector(0.5, 1.5)};
  CHECK(leading_marginal(TransformedDistribution{logistic, maps()}, 1).event_size() == 1);
  const TransformedDistribution uniform{Uniform<double, 2>{Vector(-1, 0), Vector(1, 4)},
                                        Affine<double, 2>{Vector(0, 0), Vector(2, 1)}};
  CHECK(leading_marginal(uniform, 1).log_prob(Eigen::Vector<double, 1>(0.5)) == Approx(-std::log(4.0)));
  const TransformedDistribution by_name{StudentT<double, 2>{Vector(0, 0), Vector(1, 2), Vector(3, 4)},
                                        Affine<double, 2>{Vector(0, 0), Vector(2, 1)}};
  const StudentT<double, 1> first{Eigen::Vector<double, 1>(0.0), Eigen::Vector<double, 1>(2.0),
                                  Eigen::Vector<double, 1>(3.0)};
  const Eigen::RowVectorXd x = Eigen::RowVectorXd::LinSpaced(50, -5, 5);
  CHECK(leading_marginal(by_name, 1).log_prob(x).isApprox(first.log_prob(x), 1e-14));
}

TEST_CASE("leading_marginal: draws are the first rows of the flow's, with their densities", "[leading_marginal]") {
  std::mt19937_64 rng{4};
  const auto flow = in_order::maf(rng);
  const auto marginal = leading_marginal(flow, 2);
  const auto draws = marginal.sample_with_log_prob(300, rng);
  CHECK(draws.events.rows() == 2);
  CHECK((draws.log_prob - marginal.log_prob(draws.events)).cwiseAbs().maxCoeff() < 1e-11);
  // The same noise gives the same events.
  const auto all = leading_marginal(flow, 3).sample(1, std::mt19937_64{9});
  const auto two = marginal.sample(1, std::mt19937_64{9});
  CHECK(all.topRows(2).isApprox(two, 1e-14));
  // In float, and one event alone.
  const TransformedDistribution small{StandardNormal<float, 3>{}, MAF<float, 3>{{8}, rng}};
  const Eigen::Matrix3Xf x = small.sample(40, rng);
  const auto of_small = leading_marginal(small, 2);
  const Eigen::VectorXf together = of_small.log_prob(x.topRows(2));
  for (Index n = 0; n < 40; ++n) {
    CHECK(of_small.log_prob(Eigen::Vector2f(x.col(n).head(2))) == Approx(together(n)).epsilon(1e-5));
  }
}

TEST_CASE("leading_marginal: flows by name, and under a context", "[leading_marginal]") {
  std::mt19937_64 rng{5};
  flows::MAF<double, 3> flow{{.context_size = 2, .layers = 2, .hidden = {16}, .alternation = flows::Alternation::none},
                             rng};
  const Eigen::Matrix2Xd context = Eigen::Matrix2Xd::Random(2, 5);
  const auto with_parameters = in_order::with_random_parameters(flow, 0.2, rng);
  const Eigen::Matrix3Xd x = Eigen::Matrix3Xd::Random(3, 5);
  const auto of_all = leading_marginal(with_parameters.given(context), 2).log_prob(x.topRows(2));
  const auto without_context = leading_marginal(with_parameters, 2);
  for (Index n = 0; n < 5; ++n) {
    const auto view = with_parameters.given(context.col(n));
    check_integrals(view, x.col(n), -60, 60, 1e-9);
    CHECK(leading_marginal(view, 2).log_prob(x.col(n).head(2).eval()) == Approx(of_all(n)).epsilon(1e-12));
    CHECK(without_context.given(context.col(n)).log_prob(x.col(n).head(2).eval()) == Approx(of_all(n)).epsilon(1e-12));
  }
  CHECK(message_of([&] { without_context.log_prob(x.topRows(2)); }) ==
        "LeadingMarginal: expected a context of 2 rows, got none: call given(context)");
}

TEST_CASE("leading_marginal: refusals", "[leading_marginal]") {
  std::mt19937_64 rng{6};
  const std::string not_exact =
      "leading_marginal: exact only for a flow whose coordinate i depends on the first i + 1 coordinates of "
      "independent noise, without permutations and couplings; others go by sampling, see marginal_by_sampling";
  const flows::MAF<double, 3> reversed{{.layers = 2}, rng};
  CHECK(message_of([&] { leading_marginal(reversed, 2); }) == not_exact);
  CHECK(message_of([&] { leading_marginal(MultivariateNormal<double, 3>{}, 2); }) == not_exact);
  const TransformedDistribution coupling{StandardNormal<double, 2>{}, RealNVP<double, 2>{1, {8}, rng}};
  CHECK(message_of([&] { leading_marginal(coupling, 1); }) == not_exact);
  const TransformedDistribution correlated{MultivariateNormal<double, 2>{}, MAF<double, 2>{{8}, rng}};
  CHECK(message_of([&] { leading_marginal(correlated, 1); }) == not_exact);
  const auto flow = in_order::maf(rng);
  CHECK(message_of([&] { leading_marginal(flow, 0); }) ==
        "leading_marginal: expected between 1 and 3 coordinates, got 0");
  CHECK(message_of([&] { leading_marginal(flow, 4); }) ==
        "leading_marginal: expected between 1 and 3 coordinates, got 4");
  CHECK(message_of([&] { leading_marginal(flow, 2).log_prob(Eigen::Matrix3Xd(3, 5)); }) ==
        "LeadingMarginal: expected events of 2 rows, got 3");
}

#include <bijou/bijou.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/in_order.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

using V = Eigen::Vector<double, 1>;

/// One coordinate: increasing or not, and the derivative is the density.
template <class P>
void check(const P& p, double low, double high) {
  const Eigen::RowVectorXd x = Eigen::RowVectorXd::LinSpaced(200, low, high);
  const Eigen::VectorXd below = cdf(p, x);
  for (Index n = 1; n < x.size(); ++n) {
    const double mass = in_order::integral(x(n - 1), x(n), 20, [&](const Eigen::RowVectorXd& points) {
      return Eigen::VectorXd(p.log_prob(points).array().exp());
    });
    CHECK(below(n) - below(n - 1) == Approx(mass).epsilon(1e-8).margin(1e-9));
  }
  CHECK((below + survival(p, x)).isApproxToConstant(1, 1e-14));
  const Eigen::VectorXd inside = below.cwiseMax(0.001).cwiseMin(0.999);
  const Eigen::RowVectorXd back = quantile(p, inside);
  CHECK((cdf(p, back) - inside).cwiseAbs().maxCoeff() < 1e-13);
  for (Index n = 0; n < x.size(); ++n) {
    if (below(n) > 0.001 && below(n) < 0.999) CHECK(back(n) == Approx(x(n)).epsilon(1e-12).margin(1e-12));
  }
}

}  // namespace

TEST_CASE("cdf: of maps that rise and that fall", "[cdf]") {
  const StandardNormal<double, 1> base;
  const Affine<double, 1> up{V(0.5), V(0.7)}, down{V(0.5), V(-0.7)};
  CHECK(cdf(TransformedDistribution{base, up}, 0.5) == 0.5);
  check(TransformedDistribution{base, up}, -3, 3);
  check(TransformedDistribution{base, down}, -3, 3);
  check(TransformedDistribution{base, Chain{down, down}}, -3, 3);
  check(TransformedDistribution{TransformedDistribution{Logistic<double, 1>{V(0.1), V(0.4)}, down}, up}, -3, 3);
  const TransformedDistribution uniform{Uniform<double, 1>{V(-1.0), V(2.0)}, down};  // from -0.9 to 1.2
  check(uniform, -0.9, 1.2);
  CHECK(cdf(uniform, Eigen::RowVector4d(-2, 0.15, 0.675, 4)).isApprox(Eigen::Vector4d(0, 0.5, 0.75, 1), 1e-15));
  check(TransformedDistribution{StudentT<double, 1>{V(0.1), V(0.4), V(2.0)}, down}, -3, 3);
  // Within bounds; outside of them the inverse says nothing but that.
  const TransformedDistribution bounded{base, Chain{down, Box<double, 1>{V(-1.0), V(3.0)}}};  // from -1.6 to 1.2
  check(bounded, -2, 2);
  CHECK(cdf(bounded, Eigen::RowVector2d(-1.7, 1.3)) == Eigen::Vector2d(0, 1));
  CHECK(survival(bounded, Eigen::RowVector2d(-1.7, 1.3)) == Eigen::Vector2d(1, 0));
  CHECK(std::isnan(cdf(bounded, std::nan(""))));
  // Far tails keep their digits on either side: P(z > 10) = 7.619853024160527e-24.
  CHECK(cdf(TransformedDistribution{base, down}, 0.5 - 7.0) == Approx(7.619853024160527e-24).epsilon(1e-12));
  CHECK(survival(TransformedDistribution{base, down}, 0.5 + 7.0) == Approx(7.619853024160527e-24).epsilon(1e-12));
  CHECK(quantile(TransformedDistribution{base, down}, 7.619853024160527e-24) == Approx(-6.5).epsilon(1e-12));
  CHECK(quantile(TransformedDistribution{base, down}, 1.0) == std::numeric_limits<double>::infinity());
}

TEST_CASE("cdf: at infinity, and quantiles of 0 and 1", "[cdf]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double least = std::numeric_limits<double>::denorm_min();
  constexpr double most = (std::numeric_limits<double>::max)();
  const StandardNormal<double, 1> normal;
  const Uniform<double, 1> uniform{V(0.0), V(1.0)};
  const auto check_ends = [&](const auto& p, double low, double high) {
    CHECK(quantile(p, Eigen::Vector2d(0, 1)) == Eigen::RowVector2d(low, high));
    CHECK(cdf(p, Eigen::RowVector2d(-infinity, infinity)) == Eigen::Vector2d(0, 1));
    CHECK(survival(p, Eigen::RowVector2d(-infinity, infinity)) == Eigen::Vector2d(1, 0));
  };
  const auto over = [](const auto& base, const auto& f) { return TransformedDistribution{base, f}; };
  std::mt19937_64 rng{1};
  check_ends(over(normal, Affine<double, 1>{V(0.5), V(-0.7)}), -infinity, infinity);
  check_ends(over(normal, Planar<double, 1>{V(5.0), V(0.7), 0.1}), -infinity, infinity);
  check_ends(over(normal, Radial<double, 1>{rng}), -infinity, infinity);
  // The outermost numbers within bounds.
  check_ends(over(normal, Box<double, 1>{V(0.0), V(1.0)}), least, std::nextafter(1, 0));
  check_ends(over(normal, Box<double, 1>{V(2.0), V(infinity)}), std::nextafter(2, 3), most);
  check_ends(over(normal, Sigmoid<double, 1>{}), least, std::nextafter(1, 0));
  check_ends(over(normal, NormalCdf<double, 1>{}), least, std::nextafter(1, 0));
  check_ends(over(normal, Exp<double, 1>{}), least, most);
  check_ends(over(normal, Chain{Affine<double, 1>{V(1.0), V(-2.0)}, Sigmoid<double, 1>{}}),
             -1 + std::numeric_limits<double>::epsilon(), 1);
  check_ends(over(normal, Chain{Sigmoid<double, 1>{}, Affine<double, 1>{V(1.0), V(-2.0)}}), least,
             std::nextafter(1, 0));
  // Images of the outermost numbers that have one.
  const Eigen::RowVector2d ends = quantile(over(uniform, Logit<double, 1>{}), Eigen::Vector2d(0, 1));
  CHECK(ends(0) == Approx(std::log(least)));
  CHECK(ends(1) == Approx(-std::log(std::numeric_limits<double>::epsilon() / 2)));
  const Eigen::RowVector2f in_float =
      quantile(TransformedDistribution{StandardNormal<float, 1>{}, Tanh<float, 1>{}}, Eigen::Vector2d(0, 1));
  CHECK(in_float == Eigen::RowVector2f(std::nextafter(-1.0f, 0.0f), std::nextafter(1.0f, 0.0f)));
}

TEST_CASE("cdf: of splines with random parameters, and the first coordinate of several", "[cdf]") {
  std::mt19937_64 rng{1};
  using Spline = Elementwise<1, RationalQuadraticSpline<double, 8>>;
  check(in_order::with_random_parameters(
            TransformedDistribution{StandardNormal<double, 1>{}, Chain{Spline{}, Affine<double, 1>{V(0.1), V(-0.8)}}},
            0.5, rng),
        -6, 6);
  const auto flow = in_order::maf(rng);
  check(leading_marginal(flow, 1), -6, 6);
  check(leading_marginal(in_order::Normal(rng).flow, 1), -6, 6);
}

TEST_CASE("cdf: under contexts, in float, and of one event", "[cdf]") {
  std::mt19937_64 rng{2};
  const auto flow = in_order::with_random_parameters(
      TransformedDistribution{StandardNormal<double, 1>{}, MAF<double, 1>{NetworkOptions{{8}, 2}, rng}}, 0.5, rng);
  const Eigen::Matrix2Xd contexts = Eigen::Matrix2Xd::Random(2, 300);
  const Eigen::RowVectorXd x = Eigen::RowVectorXd::Random(300);
  const Eigen::VectorXd below = cdf(flow.given(contexts), x);
  for (const Index n : {0, 150, 299}) {
    const auto view = flow.given(contexts.col(n));
    check(view, -3, 3);
    CHECK(cdf(view, x(n)) == Approx(below(n)).epsilon(1e-13));
  }
  CHECK((quantile(flow.given(contexts), below) - x).cwiseAbs().maxCoeff() < 1e-11);
  CHECK(cdf(flow.given(contexts), x, Workspace{2}) == below);

  const TransformedDistribution small{StandardNormal<float, 1>{},
                                      Affine<float, 1>{Eigen::Vector<float, 1>(1.0f), Eigen::Vector<float, 1>(-2.0f)}};
  CHECK(cdf(small, 1.0f) == 0.5f);
  CHECK(cdf(small, -1.0f) == Approx(0.15865525393145705).epsilon(1e-6));
  CHECK(quantile(small, 0.15865525393145705) == Approx(-1).epsilon(1e-6));
}

TEST_CASE("cdf: refusals", "[cdf]") {
  std::mt19937_64 rng{3};
  CHECK(message_of([&] { cdf(StandardNormal<double, Eigen::Dynamic>(3), Eigen::Matrix3Xd(3, 2)); }) ==
        "cdf: expected a density of one coordinate, got 3; the first of several is leading_marginal(flow, 1)");
  const StandardNormal<double, 1> one;
  CHECK(message_of([&] { cdf(one, Eigen::MatrixXd(2, 2)); }) == "cdf: expected events of 1 rows, got 2");
  CHECK(message_of([&] { quantile(one, Eigen::Vector2d(0.5, 1.5)); }) ==
        "quantile: expected a probability from 0 to 1, got 1.5 in place 1");
  CHECK(message_of([&] { quantile(one, std::nan("")); }) ==
        "quantile: expected a probability from 0 to 1, got nan in place 0");
  const TransformedDistribution conditional{StandardNormal<double, 1>{}, MAF<double, 1>{NetworkOptions{{8}, 2}, rng}};
  CHECK(message_of([&] { survival(conditional, 0.0); }) ==
        "survival: expected a context of 2 rows, got none: call given(context)");
}

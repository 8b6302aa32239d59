#include <bijou/distributions/multivariate_normal.hpp>

#include "golden/mpmath.hpp"
#include "registry.hpp"
#include "support/densities.hpp"
#include "support/density_laws.hpp"

using namespace bijou;
using namespace densities;

namespace {

using Normal3 = MultivariateNormal<double, 3>;
using NormalX = MultivariateNormal<double, Eigen::Dynamic>;

const Eigen::Vector3d loc(0.5, -1, 2);
const Eigen::Matrix3d factor{{0.5, 0, 0}, {1, 2, 0}, {-0.5, 0.75, 1.5}};

}  // namespace

TEMPLATE_TEST_CASE("MultivariateNormal agrees with mpmath and scipy", "[multivariate_normal]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const double tolerance = std::is_same_v<T, float> ? 1e-5 : 1e-13;
  const MultivariateNormal<T, 3> p{loc.cast<T>(), factor.cast<T>()};
  CHECK(p.parameter_count() == 9);
  for (const auto& row : golden::mpmath::multivariate_normal) {
    const Eigen::Vector3d x(row[0], row[1], row[2]);
    INFO("x = " << x.transpose());
    CHECK(static_cast<double>(p.log_prob(Eigen::Vector3<T>(x.cast<T>()))) == Approx(row[3]).epsilon(tolerance));
    const Eigen::Map<const Eigen::Vector3d> score(row + 4);
    const Eigen::Map<const Eigen::VectorXd> expected(row + 7, 9);
    CHECK(p.score(Eigen::Vector3<T>(x.cast<T>())).template cast<double>().isApprox(score, tolerance));
    Eigen::Vector<T, Eigen::Dynamic> gradient(9);
    p.nll_gradient(Eigen::Vector3<T>(x.cast<T>()), gradient);
    CHECK((-gradient).template cast<double>().isApprox(expected, tolerance));
  }
}

TEST_CASE("MultivariateNormal satisfies the laws", "[multivariate_normal]") {
  laws::check_distribution(registry::maker<registry::distributions::MultivariateNormal>);
  laws::check_distribution(registry::maker<registry::distributions::MultivariateNormal, Eigen::Dynamic>);
  laws::check_distribution([]<class T>(T, auto&) {
    return MultivariateNormal<T, 1>{Eigen::Vector<T, 1>(T(2)), Eigen::Matrix<T, 1, 1>(T(0.5))};
  });
}

TEST_CASE("MultivariateNormal gives back its mean and factor, whatever the parameters", "[multivariate_normal]") {
  Normal3 p{loc, factor};
  CHECK(p.loc() == loc);
  CHECK(p.factor().isApprox(factor, 1e-15));
  CHECK(is_initialized(p));
  p.set_parameters(Eigen::VectorXd::Constant(9, -30));
  CHECK((p.factor().diagonal().array() > 0).all());
  CHECK(NormalX{4}.factor() == Eigen::MatrixXd(Eigen::Matrix4d::Identity()));
}

TEST_CASE("initialize makes MultivariateNormal the one of greatest likelihood", "[multivariate_normal]") {
  std::mt19937_64 rng{1};
  const Eigen::Matrix3Xd x = Normal3{1e4 * loc, factor}.sample(1000, rng);
  const Eigen::Vector3d mean = x.rowwise().mean();
  const Eigen::Matrix3d covariance = (x.colwise() - mean) * (x.colwise() - mean).transpose() / 1000;
  Normal3 p;
  CHECK_FALSE(is_initialized(p));
  initialize(p, x);
  CHECK(is_initialized(p));
  CHECK(p.loc().isApprox(mean, 1e-14));
  CHECK(Eigen::Matrix3d(p.factor() * p.factor().transpose()).isApprox(covariance, 1e-12));
  Eigen::VectorXd gradient(9);
  p.nll_gradient(x, gradient);
  CHECK(gradient.cwiseAbs().maxCoeff() < 1e-8);
  NormalX any{3};
  initialize(any, x);
  CHECK(any.log_prob(x).isApprox(p.log_prob(x), 1e-14));
  MultivariateNormal<float, 3> in_float;
  initialize(in_float, x.cast<float>());
  CHECK(static_cast<double>(in_float.nll(x.cast<float>())) == Approx(p.nll(x)).epsilon(1e-3));
}

TEST_CASE("MultivariateNormal learns from data of less than full rank", "[multivariate_normal]") {
  std::mt19937_64 rng{2};
  Eigen::Matrix<double, 4, Eigen::Dynamic> x(4, 500);
  x.row(0) = StandardNormal<double, 1>{}.sample(500, rng).row(0);
  x.row(1) = 3 * x.row(0);  // depends on row 0
  x.row(2).setConstant(7);
  x.row(3) = StandardNormal<double, 1>{}.sample(500, rng).row(0);
  MultivariateNormal<double, 4> p;
  initialize(p, x);
  CHECK(p.log_prob(x).array().isFinite().all());
  CHECK(p.factor()(1, 1) == Approx(3e-6 * p.factor()(0, 0)).epsilon(1e-3));
  CHECK(p.factor()(2, 2) == 1);
  NormalX few{4};
  initialize(few, x.leftCols(2));
  CHECK(few.log_prob(x.leftCols(2)).array().isFinite().all());
}

TEST_CASE("MultivariateNormal learns from numbers whose squares do not exist", "[multivariate_normal]") {
  std::mt19937_64 rng{3};
  const Eigen::Matrix3Xd x = Normal3{loc, factor}.sample(500, rng);
  Normal3 p;
  initialize(p, x);
  const Eigen::Vector3d units(1e160, 1, 1e-170);
  Normal3 scaled;
  initialize(scaled, units.asDiagonal() * x);
  CHECK(scaled.loc().isApprox(units.asDiagonal() * p.loc(), 1e-12));
  CHECK(scaled.factor().isApprox(units.asDiagonal() * p.factor(), 1e-12));
  CHECK((scaled.factor()(2, 0) / units(2)) == Approx(p.factor()(2, 0)));
}

TEST_CASE("MultivariateNormal refuses what is no factor", "[multivariate_normal]") {
  const auto with = [](Index i, Index j, double value) {
    Eigen::Matrix3d wrong = factor;
    wrong(i, j) = value;
    return message_of([&] { Normal3{loc, wrong}; });
  };
  const std::string diagonal = "MultivariateNormal: the diagonal of a factor must be finite and positive, got ";
  CHECK(with(1, 1, 0) == diagonal + "0 in coordinate 1");
  CHECK(with(2, 2, -1) == diagonal + "-1 in coordinate 2");
  CHECK(with(0, 2, 0.5) == "MultivariateNormal: expected a lower triangular factor, got 0.5 in row 0, column 2");
  CHECK(with(1, 0, std::nan("")) == "MultivariateNormal: lower must be finite, got nan in coordinate 0");
  CHECK(message_of([&] { NormalX{loc, Eigen::MatrixXd::Identity(2, 2)}; }) ==
        "MultivariateNormal: expected a factor of 3 rows and columns, got 2 x 2");
  CHECK(message_of([&] { NormalX{0}; }) == "MultivariateNormal: events need at least one row, got 0");
}

TEMPLATE_TEST_CASE("draws of MultivariateNormal have its moments", "[multivariate_normal]", BIJOU_TEST_SCALARS) {
  const unsigned seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Index n = 100'000;
  const MultivariateNormal<TestType, 3> p{loc.cast<TestType>(), factor.cast<TestType>()};
  const Eigen::MatrixXd x = p.sample(n, rng).template cast<double>();
  const Eigen::MatrixXd z = factor.triangularView<Eigen::Lower>().solve(Eigen::MatrixXd(x.colwise() - loc));
  const double standard_error = 1 / std::sqrt(static_cast<double>(n));
  CHECK(z.rowwise().mean().cwiseAbs().maxCoeff() < 4 * standard_error);
  const Eigen::Matrix3d covariance = z * z.transpose() / static_cast<double>(n);
  CHECK((covariance - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff() < 4 * std::sqrt(2.0) * standard_error);
  for (Index i = 0; i < 3; ++i) {
    const Eigen::VectorXd row = z.row(i);
    CHECK(statistics::kolmogorov_smirnov({row.begin(), row.end()}, statistics::normal_cdf) < 1.95);
  }
}

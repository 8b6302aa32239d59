#include <bijou/distributions/diagonal_normal.hpp>

#include "support/densities.hpp"
#include "support/density_laws.hpp"

using namespace bijou;
using namespace densities;

namespace {

using Normal3 = DiagonalNormal<double, 3>;
using NormalX = DiagonalNormal<double, Eigen::Dynamic>;

const Eigen::Vector3d loc(1, -2, 0.5);
const Eigen::Vector3d scale(0.5, 2, 10);

}  // namespace

// scipy 1.17.1: scipy.stats.norm([1, -2, 0.5], [0.5, 2, 10]).logpdf(x).sum(1)
TEST_CASE("log_prob of DiagonalNormal agrees with scipy", "[diagonal_normal]") {
  Eigen::Matrix<double, 3, 4> x;
  x.transpose() << 0, 0, 0, 1, -2, 0.5, 3, 4, -12, 1e-3, -40, 7;
  const Eigen::Vector4d expected(-7.560650692608064, -5.0594006926080635, -18.340650692608065, -187.7666526926081);
  CHECK(Normal3{loc, scale}.log_prob(x).isApprox(expected, 1e-15));
  CHECK(NormalX{loc, scale}.log_prob(x).isApprox(expected, 1e-15));
  const DiagonalNormal<float, 3> in_float{loc.cast<float>(), scale.cast<float>()};
  CHECK(in_float.log_prob(x.cast<float>()).cast<double>().isApprox(expected, 1e-6));
  const double single = Normal3{loc, scale}.log_prob(Eigen::Vector3d(0, 0, 0));
  CHECK(single == Approx(-7.560650692608064).epsilon(1e-15));
}

TEST_CASE("DiagonalNormal trains loc and log_scale", "[diagonal_normal]") {
  Normal3 p{loc, scale};
  CHECK(p.event_size() == 3);
  CHECK(p.scale().isApprox(scale, 1e-15));
  Eigen::VectorXd parameters(parameter_count(p));
  copy_parameters(p, parameters);
  CHECK(parameters.head(3) == loc);
  CHECK(parameters.tail(3) == Eigen::Vector3d(scale.array().log()));
  assign_parameters(p, Eigen::VectorXd::Zero(6));
  CHECK(p.scale() == Eigen::Vector3d::Ones());
}

TEST_CASE("DiagonalNormal refuses what is not finite and scales that are not positive", "[diagonal_normal]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto of_scale = [&](double wrong) { return message_of([&] { Normal3{loc, Eigen::Vector3d(1, wrong, 1)}; }); };
  const auto of_loc = [&](double wrong) { return message_of([&] { Normal3{Eigen::Vector3d(1, 1, wrong), scale}; }); };
  const std::string wrong_scale = "DiagonalNormal: a scale must be finite and positive, got ";
  CHECK(of_scale(0.0) == wrong_scale + "0 in coordinate 1");
  CHECK(of_scale(-0.0) == wrong_scale + "-0 in coordinate 1");
  CHECK(of_scale(-1.0) == wrong_scale + "-1 in coordinate 1");
  CHECK(of_scale(nan) == wrong_scale + "nan in coordinate 1");
  CHECK(of_scale(infinity) == wrong_scale + "inf in coordinate 1");
  CHECK(of_loc(nan) == "DiagonalNormal: loc must be finite, got nan in coordinate 2");
  CHECK(of_loc(-infinity) == "DiagonalNormal: loc must be finite, got -inf in coordinate 2");
  CHECK(message_of([&] { NormalX{Eigen::VectorXd(0), Eigen::VectorXd(0)}; }) ==
        "DiagonalNormal: events need at least one row, got 0");
  CHECK(message_of([&] { NormalX{loc, Eigen::Vector2d(1, 1)}; }) ==
        "DiagonalNormal: expected a scale of size 3, got 2");
}

TEST_CASE("DiagonalNormal satisfies the laws", "[diagonal_normal]") {
  laws::check_distribution([]<class T>(T, auto&) { return DiagonalNormal<T, 2>{{T(1), T(-2)}, {T(0.5), T(2)}}; });
  laws::check_distribution(
      []<class T>(T, auto&) { return DiagonalNormal<T, Eigen::Dynamic>{loc.cast<T>(), scale.cast<T>()}; });
}

TEMPLATE_TEST_CASE("draws of DiagonalNormal have its moments", "[diagonal_normal]", BIJOU_TEST_SCALARS) {
  const unsigned seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Index n = 100'000;
  const DiagonalNormal<TestType, 3> p{loc.cast<TestType>(), scale.cast<TestType>()};
  const Eigen::MatrixXd x = p.sample(n, rng).template cast<double>();
  const Eigen::MatrixXd z = ((x.colwise() - loc).array().colwise() / scale.array()).matrix();
  const double standard_error = 1 / std::sqrt(static_cast<double>(n));
  CHECK(z.rowwise().mean().cwiseAbs().maxCoeff() < 4 * standard_error);
  const Eigen::Matrix3d covariance = z * z.transpose() / static_cast<double>(n);
  CHECK((covariance - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff() < 4 * std::sqrt(2.0) * standard_error);
  for (Index i = 0; i < 3; ++i) {
    const Eigen::VectorXd row = z.row(i);
    CHECK(statistics::kolmogorov_smirnov({row.begin(), row.end()}, statistics::normal_cdf) < 1.95);
  }
  const Eigen::VectorXd log_p = Normal3{loc, scale}.log_prob(x);
  check_volume(x, log_p, loc, 1.0, ball_volume(3, 1.0));
  check_volume(x, log_p, loc + Eigen::Vector3d(0.3, 1, 5), 0.8, ball_volume(3, 0.8));
}

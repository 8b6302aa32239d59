#include <bijou/distributions/standard_normal.hpp>
#include <type_traits>

#include "support/densities.hpp"
#include "support/density_laws.hpp"

using namespace bijou;
using namespace densities;

static_assert(std::is_default_constructible_v<StandardNormal<float, 2>>);
static_assert(!std::is_default_constructible_v<StandardNormal<float, Eigen::Dynamic>>);
static_assert(!std::is_constructible_v<StandardNormal<float, 2>, Index>);

// scipy 1.17.1: scipy.stats.multivariate_normal(np.zeros(3)).logpdf(x)
TEST_CASE("log_prob of StandardNormal agrees with scipy", "[standard_normal]") {
  Eigen::Matrix<double, 3, 4> x;
  x.transpose() << 0, 0, 0, 1, -2, 0.5, 3, 4, -12, 1e-3, -40, 7;
  const Eigen::Vector4d expected(-2.756815599614018, -5.3818155996140185, -87.25681559961401, -827.2568160996141);
  CHECK(StandardNormal<double, 3>{}.log_prob(x).isApprox(expected, 1e-15));
  CHECK(StandardNormal<double, Eigen::Dynamic>{3}.log_prob(x).isApprox(expected, 1e-15));
  CHECK(StandardNormal<float, 3>{}.log_prob(x.cast<float>()).cast<double>().isApprox(expected, 1e-6));
  const double single = StandardNormal<double, 3>{}.log_prob(Eigen::Vector3d(1, -2, 0.5));
  CHECK(single == Approx(-5.3818155996140185).epsilon(1e-15));
  // scipy.stats.norm(0).logpdf(1.5)
  CHECK(StandardNormal<double, 1>{}.log_prob(Eigen::Matrix<double, 1, 1>(1.5)) ==
        Approx(-2.0439385332046727).epsilon(1e-15));
}

TEST_CASE("StandardNormal has nothing to train and any number of rows", "[standard_normal]") {
  CHECK(parameter_count(StandardNormal<float, 3>{}) == 0);
  CHECK(StandardNormal<float, 3>{}.event_size() == 3);
  CHECK(StandardNormal<float, Eigen::Dynamic>{5}.event_size() == 5);
  using Dynamic = StandardNormal<float, Eigen::Dynamic>;
  CHECK(message_of([] { Dynamic{0}; }) == "StandardNormal: events need at least one row, got 0");
  CHECK(message_of([] { Dynamic{-1}; }) == "StandardNormal: events need at least one row, got -1");
}

TEST_CASE("StandardNormal satisfies the laws", "[standard_normal]") {
  laws::check_distribution([]<class T>(T, auto&) { return StandardNormal<T, 1>{}; });
  laws::check_distribution([]<class T>(T, auto&) { return StandardNormal<T, Eigen::Dynamic>{3}; });
}

TEMPLATE_TEST_CASE("draws of StandardNormal are normal and independent", "[standard_normal]", BIJOU_TEST_SCALARS) {
  const unsigned seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Index n = 100'000;
  const Eigen::MatrixXd x = StandardNormal<TestType, 3>{}.sample(n, rng).template cast<double>();
  const double standard_error = 1 / std::sqrt(static_cast<double>(n));
  CHECK(x.rowwise().mean().cwiseAbs().maxCoeff() < 4 * standard_error);
  const Eigen::Matrix3d covariance = x * x.transpose() / static_cast<double>(n);
  CHECK((covariance - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff() < 4 * std::sqrt(2.0) * standard_error);
  for (Index i = 0; i < 3; ++i) {
    const Eigen::VectorXd row = x.row(i);
    CHECK(statistics::kolmogorov_smirnov({row.begin(), row.end()}, statistics::normal_cdf) < 1.95);
  }
  const Eigen::VectorXd log_p = StandardNormal<double, 3>{}.log_prob(x);
  check_volume(x, log_p, Eigen::Vector3d::Zero(), 1.0, ball_volume(3, 1.0));
  check_volume(x, log_p, Eigen::Vector3d(0.5, -1, 0.3), 1.0, ball_volume(3, 1.0));
}

TEST_CASE("StandardNormal draws the same numbers in float and double", "[standard_normal]") {
  std::mt19937_64 rng{1};
  std::mt19937_64 same{1};
  CHECK(StandardNormal<double, 2>{}.sample(50, rng).cast<float>() == StandardNormal<float, 2>{}.sample(50, same));
}

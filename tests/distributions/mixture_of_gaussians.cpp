#include <bijou/distributions/mixture_of_gaussians.hpp>

#include "golden/mpmath.hpp"
#include "registry.hpp"
#include "support/density_laws.hpp"
#include "support/message_of.hpp"
#include "support/statistics.hpp"

using namespace bijou;

namespace {

/// The mixture of from_mpmath.py, with other logits.
template <class T>
MixtureOfGaussians<T, 2> mixture(const Eigen::Vector3d& logits) {
  Eigen::Matrix<double, 2, 3> locs{{0, -1, 3}, {1, 0.5, -2}};
  Eigen::Matrix<double, 2, 3> scales{{1, 2, 1}, {0.5, 0.25, 4}};
  MixtureOfGaussians<T, 2> p{Eigen::Vector3<T>(1, 1, 1), locs.cast<T>(), scales.cast<T>()};
  Eigen::Vector<T, Eigen::Dynamic> parameters = p.parameters();
  parameters.head(3) = logits.cast<T>();
  p.set_parameters(parameters);
  return p;
}

}  // namespace

TEMPLATE_TEST_CASE("MixtureOfGaussians agrees with mpmath", "[mixture_of_gaussians]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const double tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-13;
  for (const auto& row : golden::mpmath::mixture) {
    const Eigen::Vector2<T> x(static_cast<T>(row[0]), static_cast<T>(row[1]));
    // Where a float no longer tells the distances from two components apart.
    if (std::is_same_v<T, float> && row[0] < -1e6) continue;
    const Eigen::Vector3d logits(row[2], row[3], row[4]);
    INFO("x = " << x.transpose() << ", logits = " << logits.transpose());
    const MixtureOfGaussians<T, 2> p = mixture<T>(logits);
    CHECK(static_cast<double>(p.log_prob(x)) == Approx(row[5]).epsilon(tolerance));
    CHECK(p.score(x).template cast<double>().isApprox(Eigen::Map<const Eigen::Vector2d>(row + 6), tolerance));
    Eigen::Vector<T, Eigen::Dynamic> gradient(15);
    p.nll_gradient(x, gradient);
    const Eigen::VectorXd actual = -gradient.template cast<double>();
    const auto check_part = [&](Index first, Index count) {
      const Eigen::Map<const Eigen::VectorXd> expected(row + 8 + first, count);
      const double largest = std::max(1.0, expected.cwiseAbs().maxCoeff());
      CHECK((actual.segment(first, count) - expected).cwiseAbs().maxCoeff() < tolerance * largest);
    };
    check_part(0, 3);
    check_part(3, 6);
    check_part(9, 6);
  }
}

TEMPLATE_TEST_CASE("weights are of sum 1, whatever the logits", "[mixture_of_gaussians]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  for (const auto& logits :
       {Eigen::Vector3d(1e3, 0, -1e3), Eigen::Vector3d(-1e30, 0, 1), Eigen::Vector3d(1e30, 1e30, 0)}) {
    INFO(logits.transpose());
    const auto p = mixture<T>(logits);
    const Eigen::VectorXd weights = p.weights().template cast<double>();
    CHECK(weights.sum() == Approx(1).epsilon(1e-6));
    CHECK((weights.array() >= 0).all());
    std::mt19937_64 rng{1};
    const auto drawn = p.sample_with_log_prob(1000, rng);
    CHECK(drawn.events.allFinite());
    CHECK(drawn.log_prob.allFinite());
    CHECK(p.log_prob(drawn.events).allFinite());
    Eigen::Vector<T, Eigen::Dynamic> gradient(15);
    p.nll_gradient(drawn.events, gradient);
    CHECK(gradient.allFinite());
  }
}

TEMPLATE_TEST_CASE("where every component is beyond the smallest number, ln p is right or -infinity",
                   "[mixture_of_gaussians]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const auto p = mixture<T>(Eigen::Vector3d(0, 0, 0));
  Eigen::Matrix<T, 2, 3> x;
  const T beyond = std::is_same_v<T, float> ? T(1e25) : T(1e200);
  x << 0, beyond, 1, 0, -beyond, 1;
  const auto log_p = p.log_prob(x);
  CHECK(log_p(1) == -std::numeric_limits<T>::infinity());
  CHECK(std::isfinite(log_p(0)));
  CHECK(log_p(2) == p.log_prob(Eigen::Vector2<T>(1, 1)));
  Eigen::Vector<T, Eigen::Dynamic> gradient(15);
  p.nll_gradient(x, gradient);
  CHECK(gradient.allFinite());
}

TEST_CASE("MixtureOfGaussians satisfies the laws", "[mixture_of_gaussians]") {
  laws::check_distribution(registry::maker<registry::distributions::MixtureOfGaussians>);
  laws::check_distribution(registry::maker<registry::distributions::MixtureOfGaussians, Eigen::Dynamic>);
  laws::check_distribution([]<class T>(T, auto& rng) { return MixtureOfGaussians<T, 1>{3, rng}; });
}

TEST_CASE("initialize puts a component on each cluster", "[mixture_of_gaussians]") {
  std::mt19937_64 rng{3};
  const Eigen::Matrix<double, 2, 3> locs{{0, 1e4, -2e4}, {1, 4, 7}};
  const Eigen::Matrix<double, 2, 3> scales{{500, 100, 200}, {0.1, 0.2, 0.1}};
  const MixtureOfGaussians<double, 2> truth{Eigen::Vector3d(1, 2, 1), locs, scales};
  const Eigen::Matrix2Xd x = truth.sample(4000, rng);
  MixtureOfGaussians<double, 2> p{3, rng};
  CHECK_FALSE(is_initialized(p));
  initialize(p, x);
  CHECK(is_initialized(p));
  CHECK(p.nll(x) == Approx(truth.nll(x)).margin(0.01));
  MixtureOfGaussians<float, Eigen::Dynamic> in_float{2, 3, rng};
  initialize(in_float, x.cast<float>());
  CHECK(static_cast<double>(in_float.nll(x.cast<float>())) == Approx(p.nll(x)).margin(0.01));
  for (const double unit : {1e160, 1e-170}) {  // whose squares do not exist
    MixtureOfGaussians<double, 2> scaled{3, rng};
    initialize(scaled, unit * x);
    CHECK((scaled.locs() / unit).isApprox(p.locs(), 1e-9));
    CHECK((scaled.scales() / unit).isApprox(p.scales(), 1e-9));
  }
  MixtureOfGaussians<double, 2> more{20, rng};  // than there are different events
  initialize(more, x.col(0).replicate(1, 5));
  CHECK(more.log_prob(x).array().isFinite().all());
}

TEST_CASE("draws of MixtureOfGaussians come from each component as often as its weight", "[mixture_of_gaussians]") {
  std::mt19937_64 rng{4};
  const Eigen::RowVector3d locs(-100, 0, 100);
  const Eigen::RowVector3d scales(1, 2, 3);
  const MixtureOfGaussians<double, 1> p{Eigen::Vector3d(1, 2, 5), locs, scales};
  const Eigen::VectorXd x = p.sample(80'000, rng).transpose();
  std::vector<std::vector<double>> parts(3);
  for (const double value : x) {
    const auto k = static_cast<std::size_t>(value < -50 ? 0 : value < 50 ? 1 : 2);
    parts[k].push_back((value - locs(static_cast<Index>(k))) / scales(static_cast<Index>(k)));
  }
  const auto size = [&](std::size_t k) { return static_cast<std::uint64_t>(parts[k].size()); };
  CHECK(std::abs(statistics::chi_square_score({size(0), size(1), size(2)}, {0.125, 0.25, 0.625})) < 3.5);
  for (const auto& part : parts) CHECK(statistics::kolmogorov_smirnov(part, statistics::normal_cdf) < 1.95);
}

TEST_CASE("MixtureOfGaussians refuses what is no mixture", "[mixture_of_gaussians]") {
  std::mt19937_64 rng{5};
  using Two = MixtureOfGaussians<double, 2>;
  using Any = MixtureOfGaussians<double, Eigen::Dynamic>;
  const Eigen::Matrix2Xd ones = Eigen::Matrix2Xd::Ones(2, 3);
  const Eigen::Vector3d weights(1, 1, 1);
  const std::string name = "MixtureOfGaussians: ";
  CHECK(message_of([&] { Two(0, rng); }) == name + "needs at least 1 component, got 0");
  CHECK(message_of([&] { Any(0, 2, rng); }) == name + "events need at least one row, got 0");
  CHECK(message_of([&] { Two(Eigen::Vector3d(1, 0, 1), ones, ones); }) ==
        name + "a weight must be finite and positive, got 0 in coordinate 1");
  CHECK(message_of([&] { Two(weights, ones, -ones); }) ==
        name + "a scale must be finite and positive, got -1 in coordinate 0");
  CHECK(message_of([&] { Two(weights, ones.leftCols(2), ones); }) ==
        name + "expected locs for each component of size 3, got 2");
  CHECK(message_of([&] { Any(weights, ones, ones.topRows(1)); }) == name + "expected a scale of size 2, got 1");
}

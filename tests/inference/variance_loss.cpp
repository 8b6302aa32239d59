#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/inference/variance_loss.hpp>
#include <bijou/training/schedule.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/losses.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// ln q(x) = x_0 + a x_1, to have any densities.
struct Written {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  Eigen::Vector<double, 1> a{0.0};
  static constexpr auto members() { return bijou::Members{parameter("a", &Written::a)}; }
  static constexpr Index event_size() { return 2; }
  static constexpr Index parameter_count() { return 1; }
  void log_prob(DensityEvaluation<double> e) const { e.log_prob += e.input.row(0) + a(0) * e.input.row(1); }
  void log_prob_pullback(DensityPullback<double> p) const {
    auto [d_a] = gradients(*this, p);
    d_a += (p.log_prob_gradient * p.input.row(1)).sum();
    p.input_gradient.setZero();
  }
};

Eigen::RowVectorXd bell(const Eigen::Matrix2Xd& x) {
  return (-(x.colwise() - Eigen::Vector2d(1, -2)).colwise().squaredNorm() / 2).array().exp();
}

}  // namespace

TEST_CASE("variance loss: the numbers of madnis 1.0.0", "[variance_loss]") {
  const Eigen::VectorXd f{{0.3, -0.1, 2.0, 0.0, 5.0, 0.7, -1.5, 40.0}};
  const Eigen::ArrayXd n = Eigen::ArrayXd::LinSpaced(8, 0, 7);
  const Eigen::VectorXd log_q_sample = -0.1 * n;
  Eigen::Matrix2Xd test(2, 8), same(2, 8);
  test << (-0.2 * n + 0.05 * n.square()).transpose(), n.transpose();
  same << log_q_sample.transpose(), n.transpose();
  Eigen::VectorXd gradient(1);
  const auto loss = [&](const Eigen::Matrix2Xd& x, double softclip) {
    return variance_gradient(Written{}, x, f, log_q_sample, gradient, {.softclip = softclip});
  };
  // Its stratified_variance and stratified_variance_softclip in double.
  CHECK(loss(test, 0) == Approx(1.1339214410696588).epsilon(1e-13));
  CHECK(loss(same, 0) == Approx(4.961109986176568).epsilon(1e-13));
  CHECK(loss(test, 30) == Approx(1.131903986933564).epsilon(1e-13));
  CHECK(loss(same, 30) == Approx(4.948283070121178).epsilon(1e-13));
  CHECK(loss(test, 2) == Approx(0.996214862453993).epsilon(1e-13));
  CHECK(loss(same, 2) == Approx(4.019779875149193).epsilon(1e-13));
  for (const double softclip : {0.0, 2.0}) {
    const auto moved = [&](double a) {
      Eigen::VectorXd unused(1);
      return variance_gradient(Written{Eigen::Vector<double, 1>(a)}, test, f, log_q_sample, unused,
                               {.softclip = softclip});
    };
    loss(test, softclip);
    const double h = 1e-4;
    const double numeric = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
    CHECK(gradient(0) == Approx(numeric).epsilon(1e-9));
  }
}

TEST_CASE("variance loss: the gradient of a flow against differences", "[variance_loss]") {
  const auto flow = losses::flow(1);
  std::mt19937_64 rng{2};
  Workspace workspace;
  const auto draws = flow.sample_with_log_prob(150, rng);
  const Eigen::Matrix2Xd x = draws.events;
  const Eigen::VectorXd log_q = draws.log_prob + 0.3 * losses::normals(150, 1, rng);
  const Eigen::VectorXd f = draws.log_prob.array().exp() * losses::normals(150, 1, rng).array().col(0);
  Eigen::VectorXd gradient(flow.parameter_count()), unused(flow.parameter_count());
  variance_gradient(flow, x, f, log_q, gradient, {}, workspace);
  losses::check_differences(flow, gradient,
                            [&](const auto& q) { return variance_gradient(q, x, f, log_q, unused, {}, workspace); });
  // Nothing to learn from.
  CHECK(variance_gradient(flow, x, Eigen::VectorXd::Zero(150), log_q, gradient) == 0);
  CHECK(gradient == Eigen::VectorXd::Zero(gradient.size()));
}

TEST_CASE("variance loss: a fit ends at the integrand, where an integral has no error", "[variance_loss]") {
  const StepOptions options{.steps = 2000, .batch_size = 128, .learning_rate = 0.02, .schedule = CosineSchedule{}};
  for (const Index buffered : {0, 3}) {
    TransformedDistribution flow{StandardNormal<double, 2>{},
                                 Affine<double, 2>{Eigen::Vector2d::Zero(), Eigen::Vector2d::Constant(2)}};
    Index evaluations = 0;
    const auto f = [&](const Eigen::Matrix2Xd& x) {
      evaluations += x.cols();
      return bell(x);
    };
    std::mt19937_64 rng{3};
    const auto history = fit_variance(flow, f, options, rng, Adam<double>{},
                                      {.softclip = 30, .buffer = buffered > 0 ? 1024 : 0, .buffered_steps = buffered});
    CHECK(evaluations == 128 * (buffered > 0 ? 500 : 2000));
    CHECK(history.loss.size() == 2000);
    const Integral result = integrate(flow, bell, 1000, rng);
    INFO("buffered steps " << buffered << ", seed 3: " << result.value << " +- " << result.standard_error
                           << ", relative variance " << result.relative_variance);
    CHECK(result.relative_variance < 1e-4);
    CHECK(result.value == Approx(2 * 3.14159265358979).epsilon(1e-3));
  }
}

TEST_CASE("variance loss: an integrand of both signs, a flow of any type", "[variance_loss]") {
  // f = x_0 bell with the integral 2 pi; by |f| at best the relative variance is (int |f| / int f)^2 - 1.
  AnyFlow<double> flow = DiagonalNormal<double, 2>{Eigen::Vector2d::Zero(), Eigen::Vector2d::Constant(2)};
  const auto f = [](const Eigen::Matrix2Xd& x) -> Eigen::VectorXd { return x.row(0).cwiseProduct(bell(x)); };
  std::mt19937_64 rng{5};
  const Integral before = integrate(flow, f, 10'000, rng);
  fit_variance(flow, f, {.steps = 500, .learning_rate = 0.02}, rng);
  const Integral after = integrate(flow, f, 10'000, rng);
  INFO("seed 5: relative variance " << before.relative_variance << " before, " << after.relative_variance << " after");
  CHECK(after.relative_variance < before.relative_variance / 2);
  CHECK(std::abs(after.value - 2 * 3.14159265358979) < 4.5 * after.standard_error);  // false alarm 7e-6
}

TEST_CASE("variance loss: what is refused", "[variance_loss]") {
  auto p = DiagonalNormal<double, 2>{Eigen::Vector2d::Zero(), Eigen::Vector2d::Ones()};
  std::mt19937_64 rng{7};
  Eigen::VectorXd gradient(4);
  const auto message = [&](const StepOptions& options, const VarianceOptions& draws) {
    return message_of([&] { fit_variance(p, bell, options, rng, Adam<double>{}, draws); });
  };
  CHECK(message({}, {.softclip = -1}) == "fit_variance: expected a finite softclip of at least 0, got -1");
  CHECK(message({}, {.buffered_steps = 1}) == "fit_variance: expected a buffer above 0 to go with buffered_steps");
  CHECK(message({}, {.buffer = 100, .buffered_steps = 1}) ==
        "fit_variance: expected a buffer of at least the 256 draws of a step, got 100");
  CHECK(message({.steps = 0}, {}) == "fit_variance: expected steps of at least 1, got 0");
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Zero(2, 3);
  CHECK(message_of([&] { variance_gradient(p, x, Eigen::Vector2d(1, 1), Eigen::Vector3d(0, 0, 0), gradient); }) ==
        "variance_gradient: expected values of the integrand of size 3, got 2");
  CHECK(message_of([&] {
          variance_gradient(p, x, Eigen::Vector3d(1, 1, 1),
                            Eigen::Vector3d(0, -std::numeric_limits<double>::infinity(), 0), gradient);
        }) ==
        "variance_gradient: expected a finite integrand, log density and ratio of them, got 1 and -inf for event 1");
}

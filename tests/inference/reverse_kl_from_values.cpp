#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/inference/reverse_kl_from_values.hpp>
#include <bijou/training/schedule.hpp>
#include <cmath>
#include <random>

#include "support/catch.hpp"
#include "support/losses.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

auto values_of_normal() {
  return energy_of<double, 2>([](const Eigen::Vector2d& x) { return -(x - Eigen::Vector2d(1, -2)).squaredNorm() / 2; });
}

DiagonalNormal<double, 2> start() { return {Eigen::Vector2d(0.3, -1), Eigen::Vector2d(1.4, 0.8)}; }

}  // namespace

TEST_CASE("reverse KL from values: the gradient of its draws", "[reverse_kl_from_values]") {
  const auto p = start();
  const auto target = values_of_normal();
  std::mt19937_64 rng{1}, same{1};
  Workspace workspace;
  constexpr Index n = 200;
  Eigen::VectorXd gradient(4), one(4), expected = Eigen::VectorXd::Zero(4);
  const Estimate kl = reverse_kl_gradient_from_values(p, target, n, rng, gradient, workspace);
  const auto draws = p.sample_with_log_prob(n, same);
  const Eigen::VectorXd losses = draws.log_prob - log_prob(target, draws.events);
  for (Index i = 0; i < n; ++i) {
    const double others = (losses.sum() - losses(i)) / (n - 1);
    p.nll_gradient(draws.events.col(i), one);
    expected -= (losses(i) - others) * one / n;
  }
  CHECK(kl.value == Approx(losses.mean()).epsilon(1e-13));
  CHECK(gradient.isApprox(expected, 1e-10));
}

TEST_CASE("reverse KL from values: its mean is that of the other estimate", "[reverse_kl_from_values]") {
  // A flow under contexts, and an energy whose gradient only the other estimate reads. One of 120 means beyond 5.5
  // standard errors: probability 5e-6.
  const auto flow = losses::conditional_flow(2);
  const StandardNormal<double, 2> target;
  std::mt19937_64 rng{3};
  Workspace workspace;
  const Eigen::MatrixXd context = losses::normals(2, 1, rng);
  const Index count = flow.parameter_count();
  Eigen::VectorXd first(count), second(count);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(count), squares = sum;
  constexpr int repetitions = 400;
  for (int i = 0; i < repetitions; ++i) {
    reverse_kl_gradient(flow.given(context), target, 128, rng, first, {}, workspace);
    reverse_kl_gradient_from_values(flow.given(context), target, 128, rng, second, workspace);
    const Eigen::ArrayXd difference = first - second;
    sum += difference;
    squares += difference.square();
  }
  for (Index i = 0; i < count; ++i) {
    INFO("seed 3, parameter " << i);
    if (squares(i) > 1e-18) CHECK(std::abs(sum(i)) < 5.5 * std::sqrt(squares(i)));
  }
}

TEST_CASE("reverse KL from values: fits a flow of any type, with a base that has parameters",
          "[reverse_kl_from_values]") {
  AnyFlow<double> flow = start();
  std::mt19937_64 rng{5};
  const auto history = fit_reverse_kl_from_values(
      flow, values_of_normal(), {.steps = 1500, .batch_size = 64, .learning_rate = 0.02, .schedule = CosineSchedule{}},
      rng);
  // At q = p all L are equal: the gradient of each batch is 0.
  CHECK((flow.parameters().head(2) - Eigen::Vector2d(1, -2)).norm() < 1e-3);
  CHECK(history.loss.back() == Approx(-std::log(2 * 3.14159265358979)).epsilon(1e-4));
}

TEST_CASE("reverse KL from values: what is refused", "[reverse_kl_from_values]") {
  auto p = start();
  std::mt19937_64 rng{7};
  Eigen::VectorXd gradient(4);
  CHECK(message_of([&] { reverse_kl_gradient_from_values(p, values_of_normal(), 1, rng, gradient); }) ==
        "reverse_kl_gradient_from_values: expected at least 2 draws, so that each has others, got 1");
  const StandardNormal<double, Eigen::Dynamic> larger{3};
  CHECK(message_of([&] { fit_reverse_kl_from_values(p, larger, {.steps = 5}, rng); }) ==
        "fit_reverse_kl_from_values: expected a target of events of 2 rows, got 3");
}

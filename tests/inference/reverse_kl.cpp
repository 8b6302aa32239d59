#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/inference/reverse_kl.hpp>
#include <bijou/training/schedule.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/losses.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// A bent ridge, smooth.
auto ridge() {
  return energy_of<double, 2>([](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
    const double bend = x(1) - std::sin(x(0));
    gradient = Eigen::Vector2d(-x(0) + 2 * bend * std::cos(x(0)), -2 * bend);
    return -x(0) * x(0) / 2 - bend * bend;
  });
}

auto normal_flow(const Eigen::Vector2d& shift, const Eigen::Vector2d& scale) {
  return TransformedDistribution{StandardNormal<double, 2>{}, Affine<double, 2>{shift, scale}};
}

}  // namespace

TEST_CASE("reverse KL: the gradient is that of the draws with their noise", "[reverse_kl]") {
  const auto flow = losses::flow(1);
  const auto target = ridge();
  Workspace workspace;
  Eigen::VectorXd gradient(flow.parameter_count()), unused(flow.parameter_count());
  const auto same = [&](const auto& q, Eigen::VectorXd& out) {
    std::mt19937_64 rng{5};
    return reverse_kl_gradient(q, target, 150, rng, out, {}, workspace);
  };
  const Estimate kl = same(flow, gradient);
  losses::check_differences(flow, gradient, [&](const auto& q) { return same(q, unused).value; });

  const auto conditional = losses::conditional_flow(2);
  gradient.resize(conditional.parameter_count());
  unused.resize(conditional.parameter_count());
  std::mt19937_64 rng{3};
  for (const Index columns : {Index{1}, Index{150}}) {
    const Eigen::MatrixXd context = losses::normals(2, columns, rng);
    same(conditional.given(context), gradient);
    losses::check_differences(conditional, gradient,
                              [&](const auto& q) { return same(q.given(context), unused).value; });
  }
  CHECK(std::isfinite(kl.standard_error));
}

TEST_CASE("reverse KL: two normals, by their formula", "[reverse_kl]") {
  const Eigen::Vector2d mean(1, -2), deviation(0.5, 3), shift(0.3, 0.7), scale(1.5, 0.4);
  const DiagonalNormal<double, 2> target{mean, deviation};
  const auto flow = normal_flow(shift, scale);
  constexpr Index n = 1000;
  std::mt19937_64 rng{7}, same{7};
  Eigen::VectorXd gradient(4);
  const Estimate kl = reverse_kl_gradient(flow, target, n, rng, gradient);

  // The noise of event n follows from one number of rng and from n.
  const std::uint64_t seed = same();
  Eigen::Array2d of_shift = Eigen::Array2d::Zero(), of_scale = Eigen::Array2d::Zero();
  double value = 0;
  for (Index i = 0; i < n; ++i) {
    CounterGenerator noise{seed, {.event = static_cast<std::uint64_t>(i)}};
    const double first = normal(noise), second = normal(noise);
    const Eigen::Array2d z(first, second);
    const Eigen::Array2d x = shift.array() + scale.array() * z;
    const Eigen::Array2d standard = (x - mean.array()) / deviation.array();
    value += (standard.square() / 2 - z.square() / 2 + (deviation.array() / scale.array()).log()).sum() / n;
    of_shift += standard / deviation.array() / n;
    of_scale += (z * standard / deviation.array() - 1 / scale.array()) / n;
  }
  CHECK(kl.value == Approx(value).epsilon(1e-12));
  CHECK(gradient.head(2).isApprox(of_shift.matrix(), 1e-11));
  CHECK(gradient.tail(2).isApprox(of_scale.matrix(), 1e-11));

  // The divergence itself; beyond 4.5 standard errors with probability 7e-6.
  double exact = 0;
  for (int i = 0; i < 2; ++i) {
    const double r = scale(i) / deviation(i), d = (shift(i) - mean(i)) / deviation(i);
    exact += (r * r + d * d - 1) / 2 - std::log(r);
  }
  INFO("seed 7: " << kl.value << " +- " << kl.standard_error << ", exact " << exact);
  CHECK(std::abs(kl.value - exact) < 4.5 * kl.standard_error);
  CHECK(std::isnan(reverse_kl_gradient(flow, target, 1, rng, gradient).standard_error));
}

TEST_CASE("reverse KL: a base that maps noise", "[reverse_kl]") {
  const Affine<double, 2> map{Eigen::Vector2d(0.3, 0.7), Eigen::Vector2d(1.5, 0.4)};
  const TransformedDistribution plain{StandardNormal<double, 2>{}, map};
  const TransformedDistribution nested{AnyFlow<double>{StandardNormal<double, 2>{}}, map};
  std::mt19937_64 rng{9}, same{9};
  Eigen::VectorXd expected(4), gradient(4);
  const Estimate kl = reverse_kl_gradient(plain, ridge(), 200, rng, expected);
  CHECK(reverse_kl_gradient(nested, ridge(), 200, same, gradient).value == kl.value);
  CHECK(gradient == expected);
}

TEST_CASE("reverse KL: the path gradient has the same mean", "[reverse_kl]") {
  // One of 90 means beyond 5.5 standard errors: probability 3e-6.
  const auto flow = losses::flow(1);
  const auto target = ridge();
  std::mt19937_64 rng{11}, same{11};
  Workspace workspace;
  constexpr int repetitions = 300;
  const Index count = flow.parameter_count();
  Eigen::VectorXd plain(count), on_path(count);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(count), squares = sum;
  for (int i = 0; i < repetitions; ++i) {
    const double value = reverse_kl_gradient(flow, target, 128, rng, plain, {}, workspace).value;
    const double again =
        reverse_kl_gradient(flow, target, 128, same, on_path, {.path_gradient = true}, workspace).value;
    REQUIRE(value == again);
    const Eigen::ArrayXd difference = plain - on_path;
    sum += difference;
    squares += difference.square();
  }
  CHECK(squares.maxCoeff() > 1e-3);
  for (Index i = 0; i < count; ++i) {
    if (squares(i) < 1e-18) continue;
    INFO("seed 11, parameter " << i);
    CHECK(std::abs(sum(i)) < 5.5 * std::sqrt(squares(i)));
  }
}

TEST_CASE("reverse KL: at the optimum the path gradient has no noise", "[reverse_kl]") {
  const auto flow = losses::flow(1);
  const auto target = flow;
  std::mt19937_64 rng{13};
  Eigen::VectorXd plain(flow.parameter_count()), on_path(flow.parameter_count());
  const Estimate kl = reverse_kl_gradient(flow, target, 200, rng, on_path, {.path_gradient = true});
  CHECK(std::abs(kl.value) < 1e-12);
  CHECK(kl.standard_error < 1e-12);
  CHECK(on_path.cwiseAbs().maxCoeff() < 1e-10);
  reverse_kl_gradient(flow, target, 200, rng, plain);
  CHECK(plain.cwiseAbs().maxCoeff() > 1e-2);
}

TEST_CASE("reverse KL: fits end at a normal target, without noise on the path", "[reverse_kl]") {
  const Eigen::Vector2d mean(1, -2), deviation(0.5, 1.5);
  const DiagonalNormal<double, 2> target{mean, deviation};
  const Eigen::Vector4d exact(mean(0), mean(1), deviation(0), deviation(1));
  const StepOptions options{.steps = 1500, .batch_size = 32, .learning_rate = 0.02, .schedule = CosineSchedule{}};
  for (const bool is_on_path : {false, true}) {
    auto flow = normal_flow(Eigen::Vector2d::Zero(), Eigen::Vector2d::Ones());
    std::mt19937_64 rng{17};
    const auto history = fit_reverse_kl(flow, target, options, rng, Adam<double>{}, {.path_gradient = is_on_path});
    const double distance = (flow.parameters() - exact).norm();
    INFO("on path " << is_on_path << ": " << distance << " from the optimum, loss " << history.loss.back());
    CHECK(history.loss.size() == 1500);
    CHECK(distance < (is_on_path ? 1e-4 : 0.1));
  }
}

TEST_CASE("reverse KL: of two separated modes it keeps one, and its draws do not tell", "[reverse_kl]") {
  const MixtureOfGaussians<double, 2> target{Eigen::Vector2d(1, 1), Eigen::Matrix2d{{-7, 7}, {0, 0}},
                                             Eigen::Matrix2d::Ones()};
  auto flow = normal_flow(Eigen::Vector2d(0.5, 0), Eigen::Vector2d::Ones());
  std::mt19937_64 rng{19};
  fit_reverse_kl(flow, target, {.steps = 1500, .batch_size = 64, .learning_rate = 0.02, .schedule = CosineSchedule{}},
                 rng);
  const auto draws = flow.sample_with_log_prob(10'000, rng);
  const Eigen::VectorXd log_weights = target.log_prob(draws.events) - draws.log_prob;
  const Estimate evidence = log_evidence(log_weights);
  const double share = effective_sample_size(log_weights) / 10'000;
  INFO("seed 19: ln Z = " << evidence.value << " +- " << evidence.standard_error << ", exact 0; effective share "
                          << share << "; mean " << flow.parameters().head(2).transpose());
  CHECK(draws.events.row(0).minCoeff() > 0);
  CHECK(share > 0.97);
  CHECK(std::abs(evidence.value + std::log(2.0)) < 0.01);
  CHECK(evidence.standard_error < 0.005);
}

TEST_CASE("reverse KL: what is refused", "[reverse_kl]") {
  const auto target = ridge();
  std::mt19937_64 rng{23};
  auto flow = normal_flow(Eigen::Vector2d::Zero(), Eigen::Vector2d::Ones());
  Eigen::VectorXd gradient(4);
  CHECK(message_of([&] { reverse_kl_gradient(flow, target, 0, rng, gradient); }) ==
        "reverse_kl_gradient: the mean over a batch needs at least one event");
  CHECK(message_of([&] { fit_reverse_kl(flow, target, {.steps = 0}, rng); }) ==
        "fit_reverse_kl: expected steps of at least 1, got 0");
  CHECK(message_of([&] { reverse_kl_gradient(losses::conditional_flow(1), target, 10, rng, gradient); }) ==
        "reverse_kl_gradient: expected a flow under a context of 2 rows: pass flow.given(context)");
  const TransformedDistribution learned{DiagonalNormal<double, 2>{Eigen::Vector2d::Zero(), Eigen::Vector2d::Ones()},
                                        Affine<double, 2>{Eigen::Vector2d::Zero(), Eigen::Vector2d::Ones()}};
  CHECK(message_of([&] {
          reverse_kl_gradient(learned, target, 10, rng, gradient);
        }).starts_with("reverse_kl_gradient: expected a flow with a base that has no parameters"));
  const StandardNormal<double, Eigen::Dynamic> larger{3};
  CHECK(message_of([&] { reverse_kl_gradient(flow, larger, 10, rng, gradient); }) ==
        "reverse_kl_gradient: expected a target of events of 2 rows, got 3");
  // A target that is 0 somewhere.
  const auto half = energy_of<double, 2>([](const Eigen::Vector2d& x, Eigen::Vector2d& g) {
    g = -x;
    return x(0) > 0 ? -x.squaredNorm() / 2 : -std::numeric_limits<double>::infinity();
  });
  CHECK(message_of<MinimizationDiverged>([&] { fit_reverse_kl(flow, half, {.steps = 5}, rng); }) ==
        "fit_reverse_kl: diverged at step 0 (counting from 0): the loss is inf");
}

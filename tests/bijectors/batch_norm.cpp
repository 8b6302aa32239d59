#include <bijou/bijectors/batch_norm.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/training/fit.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("BatchNorm: laws", "[batch_norm]") {
  laws::check_bijector(registry::maker<registry::bijectors::BatchNorm>, {.factors = {1, 0, 1e-8}});
  laws::check_bijector(registry::maker<registry::bijectors::BatchNorm, registry::dynamic>, {.factors = {1}});
}

namespace {

laws::Matrix<double> curved_data(Index events) {
  std::mt19937_64 rng{3};
  laws::Matrix<double> x = laws::normals<double>(2, events, rng);
  x.row(1) += x.row(0).array().square().matrix();
  return x;
}

template <class T>
auto flow_of(std::uint64_t seed) {
  std::mt19937_64 rng{seed};
  return TransformedDistribution{StandardNormal<T, 2>{},
                                 Chain{MAF<T, 2>{{8}, rng}, BatchNorm<T, 2>{}, MAF<T, 2>{{8}, rng}}};
}

template <class Flow>
const auto& norm_of(const Flow& flow) {
  return std::get<1>(flow.bijector.bijectors());
}

}  // namespace

// TFP's batch_normalization_test: ildj = -1/2 sum ln var with eps = 0.
TEST_CASE("BatchNorm normalizes with mean and variance of the data", "[batch_norm]") {
  TransformedDistribution flow{StandardNormal<double, 2>{}, BatchNorm<double, 2>{}};
  const laws::Matrix<double> x = laws::Vector<double>::LinSpaced(40, 0, 39).reshaped(2, 20);
  initialize(flow, x);
  const Eigen::Vector2d mean = x.rowwise().mean();
  const Eigen::Vector2d variance = (x.colwise() - mean).array().square().rowwise().mean();
  CHECK(flow.bijector.mean().isApprox(mean, 1e-14));
  CHECK(flow.bijector.inverse_log_det(x.col(3).eval()) == Approx(-variance.array().log().sum() / 2));
  const laws::Matrix<double> z = flow.bijector.inverse(x);
  CHECK(z.isApprox(variance.array().rsqrt().matrix().asDiagonal() * (x.colwise() - mean), 1e-14));
  CHECK(laws::Matrix<double>(flow.bijector.forward(z)).isApprox(x, 1e-14));
  CHECK(flow.parameters().isZero(0));
  CHECK(message_of([] { BatchNorm<float, Eigen::Dynamic>{0}; }) == "BatchNorm: events need at least one row, got 0");
}

TEST_CASE("fit gives BatchNorm the moments of each epoch's start", "[batch_norm]") {
  const laws::Matrix<double> x = curved_data(400);
  auto flow = flow_of<double>(1);
  std::mt19937_64 rng{1};
  std::vector<Eigen::Vector2d> means;
  const auto before = flow;
  fit(flow, x, {.epochs = 1, .learning_rate = 1e-2}, rng);
  // The data as the first layer mapped them before the epoch's steps.
  const Eigen::Vector2d expected = std::get<0>(before.bijector.bijectors()).inverse(x).rowwise().mean();
  CHECK(norm_of(flow).mean().isApprox(expected, 1e-10));
  // A second epoch starts from the trained layer; what it has learned is state, so that a copy is the same flow.
  const Eigen::Vector2d moved = std::get<0>(flow.bijector.bijectors()).inverse(x).rowwise().mean();
  fit(flow, x, {.epochs = 1, .learning_rate = 1e-2}, rng);
  CHECK(norm_of(flow).mean().isApprox(moved, 1e-10));
  CHECK_FALSE(moved.isApprox(expected, 1e-6));
  const auto copy = flow;
  CHECK(copy.log_prob(x) == flow.log_prob(x));
  // A frozen one keeps what it has.
  TransformedDistribution frozen{StandardNormal<double, 2>{},
                                 Chain{Frozen{norm_of(flow)}, MAF<double, 2>{NetworkOptions{8}, rng}}};
  fit(frozen, x, {.epochs = 1}, rng);
  CHECK(std::get<0>(frozen.bijector.bijectors()).bijector().mean() == norm_of(flow).mean());
}

TEST_CASE("with a validation set parameters and moments of the best epoch belong together", "[batch_norm]") {
  const laws::Matrix<double> x = curved_data(300);
  const auto check = [&](auto flow) {
    std::mt19937_64 rng{1};
    // So large a rate that the loss rises again.
    const History history =
        fit(flow, x, {.epochs = 8, .batch_size = 20, .learning_rate = 0.2, .validation_fraction = 0.3}, rng);
    std::mt19937_64 same{1};
    std::vector<Index> order(300);
    std::iota(order.begin(), order.end(), Index{0});
    shuffle(order, same);
    laws::Matrix<double> validation(2, 90);
    for (Index n = 0; n < 90; ++n) validation.col(n) = x.col(order[static_cast<std::size_t>(210 + n)]);
    CHECK(history.best_epoch < 7);
    CHECK(flow.nll(validation) ==
          Approx(history.validation_nll[static_cast<std::size_t>(history.best_epoch)]).epsilon(1e-12));
  };
  check(flow_of<double>(1));
  check(AnyFlow<double>(flow_of<double>(1)));
}

TEMPLATE_TEST_CASE("training through BatchNorm lowers the loss", "[batch_norm]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  const laws::Matrix<T> x = curved_data(2000).template cast<T>();
  auto flow = flow_of<T>(1);
  std::mt19937_64 rng{1};
  const History history = fit(flow, x, {.epochs = 10, .batch_size = 50, .learning_rate = 1e-2}, rng);
  CHECK(history.train_nll.back() < 3.1);
  // Within rounding, the density integrates what it says: the loss at the end is that of the flow as it stands.
  CHECK(static_cast<double>(flow.nll(x)) < 3.1);
}

TEST_CASE("BatchNorm of numbers that are known", "[batch_norm]") {
  Eigen::Matrix2d parameters;
  parameters << 1, 2, std::log(2.0), 0;
  const bijou::BatchNorm<double, 2> f(Eigen::Vector2d(1, 0), Eigen::Vector2d(0.5, 2), parameters);
  CHECK(f.is_initialized());
  CHECK(f.inverse(Eigen::Vector2d(2, 1)).isApprox(Eigen::Vector2d(5, 2.5), 1e-15));
  CHECK(f.inverse_log_det(Eigen::Vector2d(2, 1)) == Approx(std::log(2.0)));
}

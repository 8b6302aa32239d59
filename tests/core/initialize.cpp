#include <bijou/bijou.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("initialize hands the data from map to map, from the outermost on", "[initialize]") {
  std::mt19937_64 rng{1};
  Eigen::Matrix2Xd data(2, 50);
  for (double& x : data.reshaped()) x = 3 + 2 * normal(rng);
  // x = exp(z) - shifted, so that the second Standardize sees logarithms.
  const double infinity = std::numeric_limits<double>::infinity();
  const Box<double, 2> positive{Eigen::Vector2d(-20, -20), Eigen::Vector2d(infinity, infinity)};
  TransformedDistribution flow{
      StandardNormal<double, 2>{},
      Chain{positive, DynamicChain{Chain{Standardize<double, 2>{}, Permute<2>{1, 0}}}, Standardize<double, 2>{}}};
  CHECK_FALSE(is_initialized(flow));
  initialize(flow, data);
  CHECK(is_initialized(flow));
  const auto& [box, inner, last] = flow.bijector.bijectors();
  const Eigen::Matrix2Xd logarithms = (data.array() + 20).log();
  const auto& first = std::get<0>(inner.bijectors().front().bijectors());
  CHECK(first.mean().isApprox(logarithms.rowwise().mean(), 1e-12));
  CHECK(last.mean().norm() < 1e-12);
  CHECK(last.deviation().isApprox(Eigen::Vector2d::Ones(), 1e-12));
}

TEST_CASE("fit initializes with its training events alone", "[initialize]") {
  std::mt19937_64 rng{1};
  Eigen::Matrix2Xd data(2, 100);
  for (double& x : data.reshaped()) x = normal(rng);
  TransformedDistribution flow{StandardNormal<double, 2>{},
                               Chain{Standardize<double, 2>{}, Affine<double, 2>{{0, 0}, {1, 1}}}};
  std::mt19937_64 of_fit{5}, same{5};
  fit(flow, data, {.epochs = 1, .learning_rate = 1e-9, .validation_fraction = 0.3}, of_fit);
  // The first thing that fit draws is the order that cuts off the validation events.
  std::vector<Index> order(100);
  std::iota(order.begin(), order.end(), Index{0});
  shuffle(order, same);
  Eigen::Vector2d mean(0, 0);
  for (int i = 0; i < 70; ++i) mean += data.col(order[static_cast<std::size_t>(i)]) / 70;
  const auto& learned = std::get<0>(flow.bijector.bijectors());
  CHECK(learned.mean().isApprox(mean, 1e-12));
  // Another fit leaves it as it is.
  fit(flow, (2 * data).eval(), {.epochs = 1}, of_fit);
  CHECK(std::get<0>(flow.bijector.bijectors()).mean().isApprox(mean, 1e-12));
}

TEST_CASE("what learns at each epoch is found in parts of all kinds, and nothing else learns again", "[initialize]") {
  std::mt19937_64 rng{1};
  Eigen::MatrixXd data(2, 60);
  for (double& x : data.reshaped()) x = 3 + 2 * normal(rng);
  const Eigen::MatrixXd context = Eigen::MatrixXd::Random(1, 60);
  const MAF<double, 2> layer{NetworkOptions{{4}, 1}, rng};
  const Chain inside{ActNorm<double, 2>{}, OnSlice<2, BatchNorm<double, 1>>{1, BatchNorm<double, 1>{}}, layer};
  TransformedDistribution flow{StandardNormal<double, 2>{}, DynamicChain{inside}};
  Embed embedded{Mlp<double>{1, 1, {3}, rng}, flow};
  initialize(embedded, data, context);
  CHECK_FALSE(learns_each_epoch(TransformedDistribution{StandardNormal<double, 2>{}, ActNorm<double, 2>{}}));
  CHECK(learns_each_epoch(embedded));
  const auto norm_of = [](const auto& p) {
    return std::get<1>(p.part().bijector.bijectors().front().bijectors()).bijector();
  };
  CHECK(std::abs(norm_of(embedded).mean()(0)) < 1e-12);  // what ActNorm leaves
  const auto parameters = embedded.parameters();
  detail::learn(embedded, true, {}, (data.array() + 1).matrix(), context);
  CHECK(embedded.parameters() == parameters);
  const double deviation = std::sqrt((data.row(1).array() - data.row(1).mean()).square().mean());
  CHECK(norm_of(embedded).mean()(0) == Approx(1 / deviation));
}

TEST_CASE("initialize refuses what nothing can be learned from", "[initialize]") {
  TransformedDistribution flow{StandardNormal<double, 2>{}, Standardize<double, 2>{}};
  Eigen::MatrixXd data = Eigen::MatrixXd::Zero(2, 3);
  CHECK(message_of([&] { initialize(flow, data.topRows(1)); }) ==
        "TransformedDistribution: expected events of 2 rows, got 1");
  CHECK(message_of([&] { initialize(flow, data.leftCols(1)); }) ==
        "TransformedDistribution: expected at least 2 events to learn from, got 1");
  data(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(message_of([&] { initialize(flow, data); }) ==
        "TransformedDistribution: expected finite data, got nan in column 2, row 1 (counting from 0)");
  CHECK_FALSE(is_initialized(flow));
  CHECK(is_initialized(Reverse<2>{}));
}

TEST_CASE("initialize takes one context for all events", "[initialize]") {
  std::mt19937_64 rng{1};
  const MAF<double, 2> layer{NetworkOptions{{4}, 1}, rng};
  TransformedDistribution flow{StandardNormal<double, 2>{}, Embed{StandardizeContext<double>{1}, layer}};
  CHECK(message_of([&] { initialize(flow, Eigen::MatrixXd::Random(2, 30)); }) ==
        "TransformedDistribution: expected a context of 1 rows beside the data, got none");
  initialize(flow, Eigen::MatrixXd::Random(2, 30), Eigen::VectorXd::Constant(1, 3.0));
  CHECK(is_initialized(flow));
  CHECK(flow.bijector.network().mean()(0) == 3);
}

#include <bijou/datasets/double_well.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/chain_diagnostics.hpp>
#include <bijou/inference/slice_sampler.hpp>
#include <limits>
#include <random>

#include "inference/exact_draws.hpp"
#include "support/catch.hpp"
#include "support/fewer_types.hpp"
#include "support/message_of.hpp"

using namespace bijou;

// False-alarm rate 6e-5 for each check, with this one seed.
TEST_CASE("SliceSampler: exact draws stay exact", "[slice_sampler]") {
  std::mt19937_64 rng{20261127};
  for (const Index most : {1000, 2}) {  // brackets that are cut off are as exact
    const Eigen::Matrix2Xd start = exact_draws_of_double_well(laws::fewer(50'000), rng);
    const auto chains =
        sample_chains(datasets::DoubleWell<double>{}, SliceSampler{.width = 0.5, .most_expansions = most}, start,
                      {.steps = 1, .warm_up = 0, .thin = 4}, rng);
    check_double_well(chains.events);
  }
}

TEST_CASE("SliceSampler: widths are found, and evaluations few", "[slice_sampler]") {
  std::mt19937_64 rng{9};
  const DiagonalNormal<double, 2> normal{{0.0, 0.0}, {1.0, 10.0}};
  const auto chains =
      sample_chains(normal, SliceSampler{}, normal.sample(100, rng), {.steps = 1000, .warm_up = 100}, rng);
  for (const Index i : {0, 1}) {
    const double variance = chains.events.row(i).squaredNorm() / static_cast<double>(chains.events.cols());
    CHECK(std::abs(variance / (i == 0 ? 1 : 100) - 1) < 0.03);
    CHECK(split_r_hat(chains.coordinate(i)) < 1.01);
  }
  const double per_coordinate = static_cast<double>(chains.evaluations) / (100 * 1100 * 2);
  CAPTURE(per_coordinate);
  CHECK(per_coordinate < 8);
  CHECK((chains.log_prob - normal.log_prob(chains.events)).norm() < 1e-9);
}

TEST_CASE("SliceSampler: all draws of all chains are filled, with any warm-up and thinning", "[slice_sampler]") {
  std::mt19937_64 rng{10};
  const Uniform<float, 2> box{{0.0f, 2.0f}, {1.0f, 5.0f}};
  const Eigen::Matrix2Xf start = box.sample(131, rng);
  for (const Index warm_up : {0, 60}) {
    std::mt19937_64 same = rng, again = rng;
    const auto chains = sample_chains(box, SliceSampler{}, start, {.steps = 7, .warm_up = warm_up, .thin = 3}, same);
    CHECK(chains.events.row(0).minCoeff() >= 0);
    CHECK(chains.events.row(0).maxCoeff() <= 1);
    CHECK(chains.events.row(1).minCoeff() >= 2);
    CHECK(chains.events.row(1).maxCoeff() <= 5);
    CHECK((chains.log_prob.array() - static_cast<double>(box.log_prob(Eigen::Vector2f(0.5f, 3.0f)))).abs().maxCoeff() <
          1e-6);
    CHECK(sample_chains(box, SliceSampler{}, start, {.steps = 7, .warm_up = warm_up, .thin = 3}, again, Workspace{3})
              .events == chains.events);
  }
}

TEST_CASE("SliceSampler: no chain goes where ln p is infinite", "[slice_sampler]") {
  std::mt19937_64 rng{6};
  const auto wrong = energy_of<double, 1>([](const Eigen::Vector<double, 1>& x) {
    return x(0) > 1 ? std::numeric_limits<double>::infinity() : -x(0) * x(0) / 2;
  });
  const auto chains = sample_chains(wrong, SliceSampler{}, Eigen::MatrixXd::Zero(1, 20).eval(), {.steps = 200}, rng);
  CHECK(chains.events.maxCoeff() <= 1);
  CHECK(chains.events.minCoeff() > -8);
}

TEST_CASE("SliceSampler: options out of range are refused", "[slice_sampler]") {
  std::mt19937_64 rng{0};
  const Uniform<double, 1> box{Eigen::Vector<double, 1>(0.0), Eigen::Vector<double, 1>(1.0)};
  const auto message = [&](const SliceSampler& sampler) {
    return message_of([&] { sample_chains(box, sampler, Eigen::RowVectorXd::Constant(1, 0.5).eval(), {}, rng); });
  };
  CHECK(message({.width = 0}) == "SliceSampler: expected a finite width above 0, got 0");
  CHECK(message({.tuning_sweeps = -1}) == "SliceSampler: expected tuning_sweeps of at least 0, got -1");
  CHECK(message({.most_expansions = -1}) == "SliceSampler: expected most_expansions of at least 0, got -1");
}

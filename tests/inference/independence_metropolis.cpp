#include <bijou/datasets/double_well.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/chain_diagnostics.hpp>
#include <bijou/inference/independence_metropolis.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

// False-alarm rate 6e-5 for each check, with this one seed.
TEST_CASE("independence_metropolis: both wells, from a wide normal", "[independence_metropolis]") {
  std::mt19937_64 rng{20261127};
  const DiagonalNormal<double, 2> proposal{{0.0, 0.0}, {2.0, 1.1}};
  for (const Index count : {1, 64}) {
    const Index steps = 200'000 / count;
    const auto chains = independence_metropolis(datasets::DoubleWell<double>{}, proposal, count, {.steps = steps}, rng);
    CHECK(chains.steps() == steps);
    CHECK(chains.acceptance.mean() > 0.1);
    const double draws = effective_draws(chains.coordinate(0));
    CHECK(draws > 5000);
    CHECK(std::abs(chains.events.row(0).mean() - 1.18796098) < 4 * std::sqrt(1.54855479 / draws));
    const Eigen::ArrayXd left = (chains.events.row(0).transpose().array() < 0).cast<double>();
    CHECK(std::abs(left.mean() - 0.1556929038) < 4 * std::sqrt(0.1556929038 * 0.8443070962 / draws));
    CHECK((chains.log_prob - log_prob(datasets::DoubleWell<double>{}, chains.events)).norm() < 1e-9);
  }
}

TEST_CASE("independence_metropolis: of the target itself every proposal is taken", "[independence_metropolis]") {
  std::mt19937_64 rng{3};
  const Uniform<float, 2> box{{0.0f, 0.0f}, {1.0f, 1.0f}};
  const auto chains = independence_metropolis(box, box, 3, {.steps = 50, .warm_up = 5, .thin = 2}, rng);
  CHECK(chains.acceptance == Eigen::Vector3d(1, 1, 1));
  CHECK(chains.evaluations == 3 * 105);
  const Uniform<float, 2> elsewhere{{2.0f, 2.0f}, {3.0f, 3.0f}};
  CHECK(message_of([&] { independence_metropolis(box, elsewhere, 2, {.steps = 5, .warm_up = 0}, rng); }) ==
        "independence_metropolis: chain 0 has not met an event with a finite ln p in 1 draws of the proposal");
  CHECK(message_of([&] { independence_metropolis(box, box, 0, {}, rng); }) ==
        "independence_metropolis: expected chains of at least 1, got 0");
}

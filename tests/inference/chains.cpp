#include <bijou/bijectors/affine.hpp>
#include <bijou/datasets/double_well.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/chain_diagnostics.hpp>
#include <bijou/inference/chains.hpp>
#include <bijou/inference/kernels.hpp>
#include <bijou/inference/latent_energy.hpp>
#include <bijou/inference/slice_sampler.hpp>
#include <atomic>
#include <limits>
#include <random>

#include "inference/exact_draws.hpp"
#include "support/catch.hpp"
#include "support/fewer_types.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

const DiagonalNormal<double, 2> gauss{{1.0, -2.0}, {1.0, 2.0}};

}  // namespace

// Each check has a false-alarm rate of 6e-5 (4 standard errors), for this one seed.
TEST_CASE("sample_chains: exact draws stay exact, over 10^6 steps", "[chains]") {
  const Index chains = laws::fewer(100'000);
  std::mt19937_64 rng{20261127};
  const auto check = [&](const auto& kernel) {
    INFO(kernel.name);
    const Eigen::Matrix2Xd start = exact_draws_of_double_well(chains, rng);
    check_double_well(sample_chains(datasets::DoubleWell<double>{}, kernel, start,
                                    {.steps = 1, .warm_up = 0, .thin = 10, .tune = false}, rng)
                          .events);
  };
  check(Metropolis{.step_size = 0.7});
  check(Mala{.step_size = 0.4});
  check(Hmc{.step_size = 0.25, .leapfrogs = 5});
}

TEST_CASE("sample_chains: the warm-up finds a step size, and chains mix", "[chains]") {
  std::mt19937_64 rng{4};
  const Eigen::Matrix2Xd start = Eigen::Matrix2Xd::Random(2, 50);
  const auto check = [&](const auto& kernel, double within) {
    INFO(kernel.name);
    const auto chains = sample_chains(gauss, kernel, start, {.steps = 1000, .warm_up = 300}, rng);
    CHECK(chains.steps() == 1000);
    CHECK(chains.acceptance.size() == 50);
    CHECK(std::abs(chains.acceptance.mean() - kernel.target_acceptance) < within);
    CHECK(chains.step_size > kernel.step_size);
    for (const Index i : {0, 1}) {
      CHECK(split_r_hat(chains.coordinate(i)) < 1.02);
      const double draws = effective_draws(chains.coordinate(i));
      CHECK(std::abs(chains.events.row(i).mean() - gauss.loc()(i)) < 4 * gauss.scale()(i) / std::sqrt(draws));
    }
  };
  check(Metropolis{.step_size = 1e-3}, 0.04);
  check(Mala{.step_size = 1e-3}, 0.04);
  check(Hmc{.step_size = 1e-3, .leapfrogs = 4}, 0.1);
}

// Ten leapfrogs of the tuned size are half a period of N(0, I): without jitter chains went from x to -x and back, and
// the mean of x^2 stayed where the starts had it, 0.76 with this seed.
TEST_CASE("sample_chains: Hmc does not resonate with a normal target", "[chains]") {
  const StandardNormal<double, 10> normal;
  std::mt19937_64 rng{7};
  const Eigen::MatrixXd start = normal.sample(16, rng);
  const auto chains = sample_chains(normal, Hmc{}, start, {}, rng);
  // |x|^2 has variance 2 D, and at least a twentieth of the 16,000 draws are independent.
  CHECK(std::abs(chains.events.squaredNorm() / 160'000 - 1) < 4 * std::sqrt(2.0 / 10 / 800));
  const Eigen::MatrixXd squares = chains.events.colwise().squaredNorm().reshaped(16, 1000).transpose();
  CHECK(effective_draws(squares) > 800);
  CHECK(split_r_hat(squares) < 1.05);
}

TEST_CASE("sample_chains: evaluations are those of the energy", "[chains]") {
  std::mt19937_64 rng{9};
  std::atomic<Index> calls{0};
  const auto counted = energy_of<double, 2>([&](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
    ++calls;
    gradient = -x;
    return -x.squaredNorm() / 2;
  });
  const auto check = [&](const auto& kernel, Index count) {
    INFO(kernel.name);
    calls = 0;
    const Eigen::Matrix2Xd start = Eigen::Matrix2Xd::Random(2, count);
    const auto chains = sample_chains(counted, kernel, start, {.steps = 20, .warm_up = 13, .thin = 2}, rng);
    CHECK(chains.evaluations == calls);
  };
  for (const Index count : {10, 150}) {
    check(Metropolis{}, count);
    check(Mala{}, count);
    check(Hmc{}, count);
    check(SliceSampler{}, count);
  }
}

TEST_CASE("sample_chains: how draws are laid out", "[chains]") {
  std::mt19937_64 rng{5};
  const Eigen::Matrix2Xd start = Eigen::Matrix2Xd::Random(2, 130);  // more than one tile
  std::mt19937_64 same = rng, longer = rng;
  const auto chains = sample_chains(gauss, Mala{}, start, {.steps = 6, .warm_up = 2, .thin = 2, .tune = false}, rng);
  const auto all = sample_chains(gauss, Mala{}, start, {.steps = 14, .warm_up = 0, .tune = false}, same);
  CHECK(chains.evaluations == 130 * (1 + 3 + 13));  // starts; from where they are, 2 and 12 steps
  for (Index s = 0; s < 6; ++s) {
    CHECK(chains.events.middleCols(130 * s, 130) == all.events.middleCols(130 * (2 * s + 3), 130));
    CHECK(chains.coordinate(1).row(s) == all.coordinate(1).row(2 * s + 3));
  }
  CHECK(chains.last() == all.last());
  CHECK((chains.log_prob - gauss.log_prob(chains.events)).norm() < 1e-12);
  // Any number of threads.
  CHECK(sample_chains(gauss, Mala{}, start, {.steps = 6, .warm_up = 2, .thin = 2, .tune = false}, longer, Workspace{3})
            .events == chains.events);
}

TEST_CASE("sample_chains: in the latent space of a bijector", "[chains]") {
  std::mt19937_64 rng{6};
  const DiagonalNormal<double, 2> narrow{{0.0, 0.0}, {1.0, 1000.0}};
  const Affine<double, 2> scale{{0.0, 0.0}, {1.0, 1000.0}};
  const auto chains =
      sample_chains(LatentEnergy{narrow, scale}, Hmc{}, Eigen::Matrix2Xd::Random(2, 100).eval(), {.steps = 500}, rng);
  const Eigen::Matrix2Xd x = scale.forward(chains.events);
  const double draws = effective_draws(chains.coordinate(1));
  CHECK(draws > 5000);
  CHECK(std::abs(x.row(1).squaredNorm() / static_cast<double>(x.cols()) / 1e6 - 1) < 4 * std::sqrt(2 / draws));
}

TEST_CASE("sample_chains: a support with an edge is not left, and values suffice for Metropolis", "[chains]") {
  std::mt19937_64 rng{7};
  const Uniform<float, 2> box{{0.0f, 0.0f}, {1.0f, 1.0f}};
  const auto values = energy_of<float, 2>([&](const Eigen::Vector2f& x) { return box.log_prob(x); });
  const auto chains = sample_chains(values, Metropolis{}, Eigen::Matrix2Xf::Constant(2, 40, 0.5f).eval(),
                                    {.steps = 500, .warm_up = 100}, rng);
  CHECK(chains.events.minCoeff() >= 0);
  CHECK(chains.events.maxCoeff() <= 1);
  const double draws = effective_draws(chains.coordinate(0));
  CHECK(std::abs(static_cast<double>(chains.events.row(0).cast<double>().mean()) - 0.5) <
        4 * std::sqrt(1.0 / 12 / draws));
}

TEST_CASE("sample_chains: what is refused", "[chains]") {
  std::mt19937_64 rng{8};
  const Eigen::Matrix2Xd start = Eigen::Matrix2Xd::Zero(2, 3);
  const auto message = [&](const auto& kernel, const ChainOptions& options, const auto& from) {
    return message_of([&] { sample_chains(gauss, kernel, from, options, rng); });
  };
  CHECK(message(Mala{}, {.steps = 0}, start) == "sample_chains: expected steps of at least 1, got 0");
  CHECK(message(Mala{}, {.warm_up = -1}, start) == "sample_chains: expected warm_up of at least 0, got -1");
  CHECK(message(Mala{}, {.thin = 0}, start) == "sample_chains: expected thin of at least 1, got 0");
  CHECK(message(Mala{.step_size = 0}, {}, start) == "Mala: expected a finite step_size above 0, got 0");
  CHECK(message(Hmc{.leapfrogs = 0}, {}, start) == "Hmc: expected leapfrogs of at least 1, got 0");
  CHECK(message(Metropolis{.target_acceptance = 1}, {}, start) ==
        "Metropolis: expected a target_acceptance in (0, 1), got 1");
  CHECK(message(Mala{}, {}, Eigen::MatrixXd::Zero(3, 2).eval()) == "sample_chains: expected events of 2 rows, got 3");
  CHECK(message(Mala{}, {}, Eigen::Matrix2Xd(2, 0)) == "sample_chains: expected at least 1 chain, got 0");
  CHECK(message(Hmc{.jitter = 1}, {}, start) == "Hmc: expected a jitter in [0, 1), got 1");
  CHECK(message(Mala{}, {.steps = Index{1} << 60}, start) ==
        "sample_chains: expected fewer draws: 3 chains of 200 steps of warm_up and 1152921504606846976 steps, thin 1");
  const auto few = sample_chains(gauss, Mala{}, start, {.steps = 2}, rng);
  CHECK(message_of([&] { few.coordinate(2); }) == "Chains: expected coordinate in 0, ..., 1, got 2");
  const Uniform<double, 2> box{{0.0, 0.0}, {1.0, 1.0}};
  Eigen::Matrix2Xd outside = Eigen::Matrix2Xd::Constant(2, 3, 0.5);
  outside(1, 2) = 2;
  CHECK(message_of([&] { sample_chains(box, Metropolis{}, outside, {}, rng); }) ==
        "sample_chains: chain 2 starts where ln p is -inf");
  outside(1, 2) = std::nan("");
  CHECK(message_of([&] { sample_chains(box, Metropolis{}, outside, {}, rng); }) ==
        "sample_chains: expected finite starts, got nan in column 2, row 1 (counting from 0)");
}

#include <bijou/datasets/double_well.hpp>
#include <bijou/inference/chain_kernel.hpp>
#include <limits>

#include "support/catch.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Tile<double> tile_of(Arena& arena, const Eigen::Ref<const Eigen::MatrixXd>& x) {
  const Tile<double> tile = arena.tile<double>(x.rows(), x.cols());
  for (Index n = 0; n < x.cols(); ++n) {
    for (Index i = 0; i < x.rows(); ++i) tile(i, n) = x(i, n);
  }
  return tile;
}

}  // namespace

TEST_CASE("leapfrog: the energy is kept to second order, and the way back leads to the start", "[chain_kernel]") {
  const datasets::DoubleWell<double> well;
  Arena arena;
  const detail::TileOfBatch at{0, 0, 1, arena, 1};
  const Eigen::Vector2d x0(1.2, 0.4), p0(0.8, -1.1);
  const auto drift = [&](double h, Index leapfrogs) {
    detail::ChainState<double> state{tile_of(arena, x0), arena.sums(1), arena.tile<double>(2, 1)};
    detail::evaluate_energy(well, at, ConstTile<double>(state.x), state.log_prob, state.score);
    const double before = state.log_prob(0) - p0.squaredNorm() / 2;
    Tile<double> momentum = tile_of(arena, p0);
    Index calls = 0;
    detail::leapfrog(well, at, state, momentum, h, leapfrogs, [&](Index l) { CHECK(l == calls++); });
    CHECK(calls == leapfrogs);
    const double after = state.log_prob(0) - momentum.matrix().squaredNorm() / 2;
    momentum = -momentum;
    detail::leapfrog(well, at, state, momentum, h, leapfrogs, [](Index) {});
    CHECK((state.x.matrix() - x0).norm() < 1e-12);
    CHECK((momentum.matrix() + p0).norm() < 1e-12);
    return after - before;
  };
  const double coarse = drift(0.02, 20), fine = drift(0.01, 40);
  CHECK(std::abs(coarse) < 0.05);
  CHECK(fine / coarse == Approx(0.25).epsilon(0.05));
}

TEST_CASE("accept_or_stay: no event goes where the density is infinite, NaN or 0", "[chain_kernel]") {
  Arena arena;
  const Eigen::RowVectorXd from = Eigen::RowVectorXd::Zero(6), to = Eigen::RowVectorXd::Ones(6);
  detail::ChainState<double> state{tile_of(arena, from), arena.sums(6), arena.tile<double>(0, 6)};
  detail::ChainState<double> proposal{tile_of(arena, to), arena.sums(6), arena.tile<double>(0, 6)};
  Sums ratio = arena.sums(6);
  const double proposed[] = {1, infinity, not_a_number, -infinity, -0.5, -2};
  const double log_u[] = {-1, -1, -1, -1, -1, -1};
  for (Index n = 0; n < 6; ++n) proposal.log_prob(n) = ratio(n) = proposed[n];
  detail::StepOutcome<double> outcome(6, arena);
  detail::accept_or_stay(state, proposal, ratio, log_u, outcome);
  const double moved[] = {1, 0, 0, 0, 1, 0};
  const double acceptance[] = {1, 0, 0, 0, std::exp(-0.5), std::exp(-2)};
  for (Index n = 0; n < 6; ++n) {
    INFO(n);
    CHECK(outcome.moved(n) == moved[n]);
    CHECK(state.x(0, n) == moved[n]);
    CHECK(state.log_prob(n) == (moved[n] > 0 ? proposed[n] : 0));
    CHECK(outcome.acceptance(n) == acceptance[n]);
  }
}

TEST_CASE("hamiltonian_step: one leapfrog is the proposal and the test of MALA", "[chain_kernel]") {
  const datasets::DoubleWell<double> well;
  Arena arena;
  const Index count = 100;
  const detail::TileOfBatch at{0, 0, count, arena, 1};
  const Eigen::MatrixXd x0 = Eigen::MatrixXd::Random(2, count);
  detail::ChainState<double> state{tile_of(arena, x0), arena.sums(count), arena.tile<double>(2, count)};
  detail::evaluate_energy(well, at, ConstTile<double>(state.x), state.log_prob, state.score);
  const Eigen::MatrixXd score0 = state.score.matrix();
  const Sums log_prob0 = arena.sums(count);
  Sums copy = log_prob0;
  copy += state.log_prob;
  detail::StepOutcome<double> outcome(count, arena);
  const double h = 0.3, epsilon = h * h / 2;
  detail::hamiltonian_step(well, at, state, h, 1, {11, 0, 4}, outcome);
  Index moved = 0;
  for (Index n = 0; n < count; ++n) {
    CounterGenerator rng = detail::StepNoise{11, 0, 4}.of(n);
    const Eigen::Vector2d xi{normal(rng), normal(rng)};
    const Eigen::Vector2d proposal = x0.col(n) + epsilon * score0.col(n) + h * xi;
    // ln q(back) - ln q(there) of the normal proposals.
    const Eigen::Vector2d there = proposal - x0.col(n) - epsilon * score0.col(n);
    const Eigen::Vector2d back = x0.col(n) - proposal - epsilon * score(well, proposal);
    const double log_ratio =
        log_prob(well, proposal) - log_prob0(n) + (there.squaredNorm() - back.squaredNorm()) / (4 * epsilon);
    CHECK(outcome.acceptance(n) == Approx((std::min)(1.0, std::exp(log_ratio))).epsilon(1e-10));
    if (outcome.moved(n) == 0) continue;
    ++moved;
    CHECK((state.x.col(n).matrix() - proposal).norm() < 1e-12);
  }
  CHECK(moved > 10);
  CHECK(moved < 100);
}

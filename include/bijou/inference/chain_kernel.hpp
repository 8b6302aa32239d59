#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>

/// Steps of Markov chains on the events of a tile: what the kernels of sample_chains and the stochastic layers share.
namespace bijou::detail {

/// Where the random numbers of one step come from, one generator for each event of a tile.
struct StepNoise {
  std::uint64_t seed;
  std::uint64_t layer;
  std::uint64_t step;

  CounterGenerator of(Index event) const {
    return {seed, {.event = static_cast<std::uint64_t>(event), .layer = layer, .step = step}};
  }
};

/// Where the chains of a tile are.
template <class T>
struct ChainState {
  Tile<T> x;      // D x N
  Sums log_prob;  // N, at x
  Tile<T> score;  // D x N, at x; no rows if the kernel reads no gradients
};

/// What a step has done: which chains have moved, 0 or 1, and with what probability each would have.
template <class T>
struct StepOutcome {
  Row<T> moved;
  Sums acceptance;

  StepOutcome(Index count, Arena& arena) : moved(arena.row<T>(count)), acceptance(arena.sums(count)) {}
};

/// Chain n goes to its proposal if ln U < log_ratio(n); NaN is refused, and so is a density of infinity.
template <class T>
void accept_or_stay(ChainState<T>& state, const ChainState<T>& proposal, const Sums& log_ratio, const double* log_u,
                    StepOutcome<T>& outcome) {
  for (Index n = 0; n < state.x.cols(); ++n) {
    const double probability = log_ratio(n) >= 0 ? 1.0 : std::exp(log_ratio(n));
    const bool is_possible = finite(proposal.log_prob(n)) && !is_nan(log_ratio(n));
    const bool moves = is_possible && log_u[n] < log_ratio(n);
    outcome.acceptance(n) = is_possible ? probability : 0;
    outcome.moved.data()[n] = moves ? T(1) : T(0);
    if (!moves) continue;
    state.x.col(n) = proposal.x.col(n);
    state.log_prob(n) = proposal.log_prob(n);
    if (state.score.rows() > 0) state.score.col(n) = proposal.score.col(n);
  }
}

template <class T>
ChainState<T> state_like(const ChainState<T>& state, Arena& arena) {
  return {arena.tile<T>(state.x.rows(), state.x.cols()), arena.sums(state.x.cols()),
          arena.tile<T>(state.score.rows(), state.x.cols())};
}

/// One step of Metropolis et al. 1953: x* = x + deviation xi with xi ~ N(0, I), accepted if ln U < ln p(x*) - ln p(x).
template <class T, class E>
void metropolis_step(const E& energy, const TileOfBatch& at, ChainState<T>& state, T deviation, StepNoise noise,
                     StepOutcome<T>& outcome) {
  const Arena::Frame frame(at.arena);
  ChainState<T> proposal = state_like(state, at.arena);
  Sums log_u = at.arena.sums(at.count);
  for (Index n = 0; n < at.count; ++n) {
    CounterGenerator rng = noise.of(at.first + n);
    for (Index i = 0; i < state.x.rows(); ++i) {
      proposal.x(i, n) = state.x(i, n) + deviation * static_cast<T>(normal(rng));
    }
    log_u(n) = -exponential(rng);
  }
  evaluate_energy<E, T>(energy, at, proposal.x, proposal.log_prob);
  Sums log_ratio = at.arena.sums(at.count);
  log_ratio += proposal.log_prob;
  log_ratio -= state.log_prob;
  accept_or_stay(state, proposal, log_ratio, log_u.data(), outcome);
}

/// 1/2 |p|^2 of each event is added.
template <class T>
void add_half_square(ConstTile<T> p, Sums sums) {
  for (Index i = 0; i < p.rows(); ++i) sums += p.row(i).template cast<double>().square() * 0.5;
}

/// Leapfrog steps of H = -ln p(x) + 1/2 |momentum|^2 from a state, which they change with its momenta:
/// p <- p + h/2 s(x), x <- x + h p, p <- p + h/2 s(x), s the score. after_step(l) is called behind each.
template <class T, class E, class AfterStep>
void leapfrog(const E& energy, const TileOfBatch& at, ChainState<T>& state, Tile<T> momentum, T step_size,
              Index leapfrogs, AfterStep after_step) {
  for (Index l = 0; l < leapfrogs; ++l) {
    momentum += step_size / 2 * state.score;
    state.x += step_size * momentum;
    evaluate_energy<E, T>(energy, at, state.x, state.log_prob, state.score);
    momentum += step_size / 2 * state.score;
    after_step(l);
  }
}

/// The momenta and ln U of a step.
template <class T>
void draw_momenta(const TileOfBatch& at, StepNoise noise, Tile<T> momentum, Sums log_u) {
  for (Index n = 0; n < at.count; ++n) {
    CounterGenerator rng = noise.of(at.first + n);
    for (Index i = 0; i < momentum.rows(); ++i) momentum(i, n) = static_cast<T>(normal(rng));
    log_u(n) = -exponential(rng);
  }
}

/// One step of Hamiltonian Monte Carlo with fresh momenta (Duane et al. 1987; Neal 2011, section 5.3.2): leapfrog
/// steps, accepted if ln U < H before - H after. One leapfrog of step h is MALA (Roberts & Tweedie 1996) with epsilon =
/// h^2 / 2.
template <class T, class E>
void hamiltonian_step(const E& energy, const TileOfBatch& at, ChainState<T>& state, T step_size, Index leapfrogs,
                      StepNoise noise, StepOutcome<T>& outcome) {
  const Arena::Frame frame(at.arena);
  ChainState<T> proposal = state_like(state, at.arena);
  const Tile<T> momentum = at.arena.template tile<T>(state.x.rows(), at.count);
  const Sums log_u = at.arena.sums(at.count);
  draw_momenta(at, noise, momentum, log_u);
  proposal.x = state.x;
  proposal.score = state.score;
  Sums log_ratio = at.arena.sums(at.count);
  add_half_square<T>(momentum, log_ratio);
  leapfrog(energy, at, proposal, momentum, step_size, leapfrogs, [](Index) {});
  log_ratio += proposal.log_prob;
  log_ratio -= state.log_prob;
  const Sums after = at.arena.sums(at.count);
  add_half_square<T>(momentum, after);
  log_ratio -= after;
  accept_or_stay(state, proposal, log_ratio, log_u.data(), outcome);
}

}  // namespace bijou::detail

#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/inference/chain_kernel.hpp>
#include <bijou/inference/kernels.hpp>
#include <bijou/training/checks.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace bijou {

/// How long chains run. Set members by name, in this order.
struct ChainOptions {
  /// Draws that each chain keeps; at least 1.
  Index steps = 1000;
  /// Steps before the first of them, in which the kernel is tuned.
  Index warm_up = 200;
  /// Steps from one kept draw to the next; at least 1.
  Index thin = 1;
  /// Whether the warm-up tunes the kernel.
  bool tune = true;
};

/// What Markov chains have visited. Draw s of chain c of C is column s C + c, so that all chains at one step lie
/// together.
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic.
template <class T, int D>
struct Chains {
  /// C, the number of chains.
  Index chain_count = 0;
  Eigen::Matrix<T, D, Eigen::Dynamic> events;  // D x (steps * chains)
  Eigen::VectorXd log_prob;                    // of each, in nats, up to the energy's constant
  Eigen::VectorXd acceptance;                  // of each chain: the mean probability to accept, after the warm-up
  double step_size = 0;                        // of the kernel, tuned
  Index evaluations = 0;                       // of the energy, at one event, warm-up included

  Index steps() const { return chain_count > 0 ? events.cols() / chain_count : 0; }
  /// Coordinate i, steps x chains, as split_r_hat and effective_draws take it.
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> coordinate(Index i) const {
    return events.row(i).reshaped(chain_count, steps()).transpose();
  }
  /// The last draw of each chain, D x chains: where a next run can start.
  Eigen::Matrix<T, D, Eigen::Dynamic> last() const { return events.rightCols(chain_count); }
};

namespace detail {

/// A kernel that moves all chains of a tile together, one step at a time, and has a step size.
template <class K>
concept SteppingKernel = requires(const K& kernel) {
  { K::uses_score } -> std::convertible_to<bool>;
  kernel.step_size;
};

inline void require_chain_options(const ChainOptions& options) {
  require_at_least("sample_chains", "steps", 1, options.steps);
  require_at_least("sample_chains", "warm_up", 0, options.warm_up);
  require_at_least("sample_chains", "thin", 1, options.thin);
}

/// Where chains of all tiles are between two rounds, and how they have done.
template <class T, int D>
struct Positions {
  Eigen::Matrix<T, D, Eigen::Dynamic> x;  // D x C
  Eigen::VectorXd acceptance;             // summed over the steps of the last round
};

/// Chains go `steps` steps from where they are; done(step, tile, state) follows each.
template <class T, int D, class E, class K, class Done>
void advance(const E& energy, const K& kernel, Positions<T, D>& positions, Index first_step, Index steps,
             std::uint64_t seed, Workspace& workspace, Done done) {
  positions.acceptance.setZero();
  for_each_tile_of_groups(positions.x.cols(), workspace, [&](const TileOfBatch& at) {
    ChainState<T> state{load_events<T>(positions.x, at), at.arena.sums(at.count),
                        at.arena.template tile<T>(K::uses_score ? positions.x.rows() : 0, at.count)};
    if constexpr (K::uses_score)
      evaluate_energy<E, T>(energy, at, state.x, state.log_prob, state.score);
    else
      evaluate_energy<E, T>(energy, at, state.x, state.log_prob);
    StepOutcome<T> outcome(at.count, at.arena);
    for (Index step = first_step; step < first_step + steps; ++step) {
      kernel.step(energy, at, state, StepNoise{seed, 0, static_cast<std::uint64_t>(step)}, outcome);
      for (Index n = 0; n < at.count; ++n) positions.acceptance(at.first + n) += outcome.acceptance(n);
      done(step, at, state);
    }
    store_events<T>(state.x, positions.x, at);
  });
}

/// The kernel after warm_up steps: the logarithm of its step size goes up where chains accept more than they should,
/// and down where less (Robbins & Monro 1951), by less each time that the direction changes (Kesten 1958).
template <class T, int D, class E, class K>
K warm_up(const E& energy, K kernel, Positions<T, D>& positions, const ChainOptions& options, std::uint64_t seed,
          Workspace& workspace) {
  constexpr Index round = 5;
  const double target = kernel.target_acceptance;
  double turns = 0;
  double last = 0;
  for (Index step = 0; step < options.warm_up; step += round) {
    const Index steps = (std::min)(round, options.warm_up - step);
    advance(energy, kernel, positions, step, steps, seed, workspace,
            [](Index, const TileOfBatch&, const ChainState<T>&) {});
    if (!options.tune) continue;
    const double excess = positions.acceptance.mean() / static_cast<double>(steps) - target;
    if (excess * last < 0) ++turns;
    last = excess;
    const double change = excess / (target * (1 - target)) / std::pow(1 + turns, 0.6);
    kernel.step_size *= std::exp((std::max)(change, -2.0));
  }
  return kernel;
}

template <class T, int D, class E, SteppingKernel K>
void run_steps(const E& energy, K kernel, const Eigen::Matrix<T, D, Eigen::Dynamic>& start, const ChainOptions& options,
               std::uint64_t seed, Workspace& workspace, Chains<T, D>& chains) {
  require_kernel(kernel);
  Positions<T, D> positions{start, Eigen::VectorXd::Zero(start.cols())};
  kernel = warm_up(energy, kernel, positions, options, seed, workspace);
  const Index count = start.cols();
  advance(energy, kernel, positions, options.warm_up, options.steps * options.thin, seed, workspace,
          [&](Index step, const TileOfBatch& at, const ChainState<T>& state) {
            const Index after = step - options.warm_up + 1;
            if (after % options.thin != 0) return;
            const Index column = (after / options.thin - 1) * count + at.first;
            for (Index n = 0; n < at.count; ++n) {
              chains.events.col(column + n) = state.x.col(n);
              chains.log_prob(column + n) = state.log_prob(n);
            }
          });
  chains.acceptance = positions.acceptance / static_cast<double>(options.steps * options.thin);
  chains.step_size = kernel.step_size;
  Index per_step = 1;
  if constexpr (requires { kernel.leapfrogs; }) per_step = kernel.leapfrogs;
  chains.evaluations = count * per_step * (options.warm_up + options.steps * options.thin);
}

/// Refuses a start from which no chain can go on.
template <class T, int D, class E>
void require_start(const E& energy, const Eigen::Matrix<T, D, Eigen::Dynamic>& start, Workspace& workspace) {
  if (start.cols() == 0) throw_invalid_argument("sample_chains", "expected at least 1 chain, got 0");
  const Eigen::VectorXd log_prob = energies_of(energy, start, workspace);
  for (Index n = 0; n < log_prob.size(); ++n) {
    if (!finite(log_prob(n)))
      throw_invalid_argument("sample_chains", "chain ", n, " starts where ln p is ", log_prob(n));
  }
}

}  // namespace detail

/// Markov chains that draw from an energy: C of them side by side, one for each column of `start`.
///
/// energy: an Energy; an EnergyOfValues suffices for Metropolis and SliceSampler. kernel: Metropolis{}, Mala{}, Hmc{}
/// or SliceSampler{}. start: D x C, where ln p is finite. The seed of all chains is one number of rng; the draws have
/// the same bits at any number of threads of the workspace. Throws std::invalid_argument for options out of range,
/// events of another size and a start outside of the support.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::DoubleWell<double> well;
/// const Eigen::Matrix2Xd start = bijou::StandardNormal<double, 2>{}.sample(20, rng);
/// const auto chains = bijou::sample_chains(well, bijou::Hmc{}, start, {.steps = 500}, rng);
/// const double r_hat = bijou::split_r_hat(chains.coordinate(1));
/// @endcode
template <class E, class K, class X, class Rng>
Chains<typename E::Scalar, E::static_event_size> sample_chains(const E& energy, const K& kernel,
                                                               const Eigen::DenseBase<X>& start,
                                                               const ChainOptions& options, Rng&& rng,
                                                               WorkspaceArgument workspace = {}) {
  using T = typename E::Scalar;
  detail::require_energy_of_values<E>();
  if constexpr (requires { requires K::uses_score; }) detail::require_energy<E>();
  static_assert(std::is_same_v<typename X::Scalar, T>,
                "sample_chains: the start has another scalar type than the energy");
  detail::require_generator<Rng>();
  detail::require_chain_options(options);
  detail::require_rows("sample_chains", energy.event_size(), start.rows());
  const Eigen::Matrix<T, E::static_event_size, Eigen::Dynamic> from = start.derived().matrix();
  detail::require_start(energy, from, *workspace);
  Chains<T, E::static_event_size> chains;
  chains.chain_count = from.cols();
  chains.events.resize(from.rows(), from.cols() * options.steps);
  chains.log_prob.resize(chains.events.cols());
  const std::uint64_t seed = detail::random_bits(rng, 64);
  if constexpr (detail::SteppingKernel<K>)
    detail::run_steps(energy, kernel, from, options, seed, *workspace, chains);
  else
    kernel.run(energy, from, options, seed, *workspace, chains);
  return chains;
}

}  // namespace bijou

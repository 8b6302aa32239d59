#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/inference/chain_kernel.hpp>
#include <bijou/inference/kernels.hpp>
#include <bijou/training/checks.hpp>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

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
    detail::require_index("Chains", "coordinate", events.rows(), i);
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

/// One that runs all chains of a tile by itself.
template <class K, class E, class T = typename E::Scalar, int D = E::static_event_size>
concept RunningKernel = requires(const K& kernel, const E& energy, const Eigen::Matrix<T, D, Eigen::Dynamic>& start,
                                 const ChainOptions& options, Workspace& workspace, Chains<T, D>& chains) {
  kernel.run(energy, start, options, std::uint64_t{}, workspace, chains);
};

inline void require_chain_options(const ChainOptions& options) {
  require_at_least("sample_chains", "steps", 1, options.steps);
  require_at_least("sample_chains", "warm_up", 0, options.warm_up);
  require_at_least("sample_chains", "thin", 1, options.thin);
}

/// Refuses more draws than a matrix can have.
inline void require_chain_sizes(std::string_view caller, const ChainOptions& options, Index event_size, Index chains) {
  constexpr double most = static_cast<double>((std::numeric_limits<Index>::max)()) / 16;
  const auto chain_count = static_cast<double>(chains), steps = static_cast<double>(options.steps);
  const double numbers = steps * chain_count * static_cast<double>((std::max)(event_size, Index{1}));
  const double all_steps = static_cast<double>(options.warm_up) + steps * static_cast<double>(options.thin);
  if (numbers < most && all_steps * chain_count < most) return;
  throw_invalid_argument(caller, "expected fewer draws: ", chains, " chains of ", options.warm_up,
                         " steps of warm_up and ", options.steps, " steps, thin ", options.thin);
}

/// Where chains of all tiles are between two rounds, and how they have done.
template <class T, int D>
struct Positions {
  Eigen::Matrix<T, D, Eigen::Dynamic> x;  // D x C
  Eigen::VectorXd acceptance;             // summed over the steps of the last round
  Index evaluations = 0;
};

/// How often a kernel evaluates the energy in a step.
template <class K>
Index evaluations_of_step(const K& kernel) {
  if constexpr (requires { kernel.leapfrogs; })
    return kernel.leapfrogs;
  else
    return 1;
}

/// Chains go `steps` steps from where they are; done(step, tile, state) follows each.
template <class T, int D, class E, class K, class Done>
void advance(const E& energy, const K& kernel, Positions<T, D>& positions, Index first_step, Index steps,
             std::uint64_t seed, Workspace& workspace, Done done) {
  positions.acceptance.setZero();
  positions.evaluations += positions.x.cols() * (1 + steps * evaluations_of_step(kernel));
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
  chains.evaluations += positions.evaluations;
}

/// Refuses a start from which no chain can go on.
template <class T, int D, class E>
void require_start(const E& energy, const Eigen::Matrix<T, D, Eigen::Dynamic>& start, Workspace& workspace) {
  if (start.cols() == 0) throw_invalid_argument("sample_chains", "expected at least 1 chain, got 0");
  require_finite_columns("sample_chains", "starts", columns_of(start));
  const Eigen::VectorXd log_prob = energies_of(energy, start, workspace);
  for (Index n = 0; n < log_prob.size(); ++n) {
    if (!finite(log_prob(n)))
      throw_invalid_argument("sample_chains", "chain ", n, " starts where ln p is ", log_prob(n));
  }
}

/// sample_chains of what is an energy.
template <EnergyOfValues E, class K, class X, class Rng>
auto run_chains(const E& energy, const K& kernel, const Eigen::DenseBase<X>& start, const ChainOptions& options,
                Rng& rng, Workspace& workspace) {
  using T = typename E::Scalar;
  if constexpr (requires { requires K::uses_score; }) require_energy<E>();
  static_assert(std::is_same_v<typename X::Scalar, T>,
                "sample_chains: the start has another scalar type than the energy");
  require_generator<Rng>();
  require_chain_options(options);
  require_events("sample_chains", energy, start);
  constexpr bool is_kernel = SteppingKernel<K> || RunningKernel<K, E>;
  static_assert(is_kernel, "sample_chains: expected a kernel, such as Metropolis{}, Mala{}, Hmc{} or SliceSampler{}");
  const Eigen::Matrix<T, E::static_event_size, Eigen::Dynamic> from = start.derived().matrix();
  require_chain_sizes("sample_chains", options, from.rows(), from.cols());
  require_start(energy, from, workspace);
  Chains<T, E::static_event_size> chains;
  chains.chain_count = from.cols();
  chains.events.resize(from.rows(), from.cols() * options.steps);
  chains.log_prob.resize(chains.events.cols());
  chains.evaluations = from.cols();
  const std::uint64_t seed = random_bits(rng, 64);
  if constexpr (SteppingKernel<K>)
    run_steps(energy, kernel, from, options, seed, workspace, chains);
  else if constexpr (is_kernel)
    kernel.run(energy, from, options, seed, workspace, chains);
  return chains;
}

}  // namespace detail

/// Markov chains that draw from an energy: C of them side by side, one for each column of `start`, whose kernel K
/// leaves its density as it is. Returns a Chains<T, D>.
///
/// @f[ \int p(x)\, K(x^\prime \mid x)\, dx = p(x^\prime) @f]
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
auto sample_chains(const E& energy, const K& kernel, const Eigen::DenseBase<X>& start, const ChainOptions& options,
                   Rng&& rng, WorkspaceArgument workspace = {}) {
  detail::require_energy_of_values<E>();
  if constexpr (EnergyOfValues<E>) return detail::run_chains(energy, kernel, start, options, rng, *workspace);
}

}  // namespace bijou

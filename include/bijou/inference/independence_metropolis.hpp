#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/inference/chains.hpp>
#include <cmath>
#include <limits>
#include <type_traits>

namespace bijou {

/// Markov chains whose proposals are draws of a flow q, accepted with probability a (Tierney 1994, section 2.3.3;
/// Albergo, Kanwar & Shanahan 2019). Exact whatever the flow, and fast where it is near p: no step depends on the
/// dimension. The proposals of all steps are drawn and weighed as one batch.
///
/// @f[ x^* \sim q, \qquad a = \min\left(1, \frac{w(x^*)}{w(x)}\right), \qquad w(x) = \frac{p(x)}{q(x)} @f]
///
/// energy: an EnergyOfValues. proposal: a flow or another distribution with sample_with_log_prob. chains: how many;
/// they start at draws of the proposal with finite weight. Throws std::invalid_argument for options out of range, and
/// if none of the proposals has a density under the energy.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::DoubleWell<double> well;
/// const bijou::DiagonalNormal<double, 2> proposal{{0.0, 0.0}, {2.0, 1.0}};
/// const auto chains = bijou::independence_metropolis(well, proposal, 10, {.steps = 1000}, rng);
/// const double accepted = chains.acceptance.mean();
/// @endcode
template <class E, class P, class Rng>
Chains<typename E::Scalar, E::static_event_size> independence_metropolis(const E& energy, const P& proposal,
                                                                         Index chain_count, const ChainOptions& options,
                                                                         Rng&& rng, WorkspaceArgument workspace = {}) {
  using T = typename E::Scalar;
  constexpr const char* caller = "independence_metropolis";
  detail::require_energy_of_values<E>();
  detail::require_generator<Rng>();
  constexpr bool draws = requires { proposal.sample_with_log_prob(Index{}, rng, *workspace); };
  static_assert(draws,
                "independence_metropolis: the proposal has no sample_with_log_prob(n, rng, workspace); pass a flow or "
                "another distribution");
  static_assert(std::is_same_v<typename P::Scalar, T>,
                "independence_metropolis: energy and proposal have different scalar types, float and double");
  detail::require_chain_options(options);
  detail::require_at_least(caller, "chains", 1, chain_count);
  detail::require_size(caller, "events of the proposal", energy.event_size(), proposal.event_size());
  detail::require_chain_sizes(caller, options, energy.event_size(), chain_count);

  const Index steps = options.warm_up + options.steps * options.thin;
  Chains<T, E::static_event_size> chains;
  chains.chain_count = chain_count;
  chains.events.resize(energy.event_size(), chain_count * options.steps);
  chains.log_prob.resize(chains.events.cols());
  chains.acceptance = Eigen::VectorXd::Zero(chain_count);

  const double none = -std::numeric_limits<double>::infinity();
  Eigen::Matrix<T, E::static_event_size, Eigen::Dynamic> x(energy.event_size(), chain_count);
  Eigen::VectorXd at = Eigen::VectorXd::Constant(chain_count, none);
  Eigen::VectorXd log_weight = at;
  // As many proposals at once as make some full tiles.
  const Index together = (std::max)(Index{1}, (std::min)(steps, 4096 / chain_count));
  for (Index first = 0; first < steps; first += together) {
    const Index count = (std::min)(together, steps - first);
    const auto drawn = proposal.sample_with_log_prob(count * chain_count, rng, *workspace);
    const Eigen::VectorXd log_prob = detail::energies_of(energy, drawn.events, *workspace);
    chains.evaluations += drawn.events.cols();
    for (Index s = 0; s < count; ++s) {
      const Index after = first + s + 1 - options.warm_up;
      for (Index c = 0; c < chain_count; ++c) {
        const Index column = s * chain_count + c;
        const double proposed = log_prob(column) - static_cast<double>(drawn.log_prob(column));
        const bool is_possible = detail::finite(proposed) && detail::finite(log_prob(column));
        const double log_ratio = proposed - log_weight(c);
        if (after > 0 && is_possible) chains.acceptance(c) += log_ratio >= 0 ? 1.0 : std::exp(log_ratio);
        if (-detail::exponential(rng) < log_ratio && is_possible) {
          x.col(c) = drawn.events.col(column);
          at(c) = log_prob(column);
          log_weight(c) = proposed;
        }
        if (after <= 0 || after % options.thin != 0) continue;
        if (!detail::finite(log_weight(c))) {
          detail::throw_invalid_argument(caller, "chain ", c, " has not met an event with a finite ln p in ",
                                         first + s + 1, " draws of the proposal");
        }
        const Index kept = (after / options.thin - 1) * chain_count + c;
        chains.events.col(kept) = x.col(c);
        chains.log_prob(kept) = at(c);
      }
    }
  }
  chains.acceptance /= static_cast<double>(options.steps * options.thin);
  return chains;
}

}  // namespace bijou

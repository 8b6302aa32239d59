#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/inference/chain_kernel.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/checks.hpp>

/// Kernels for sample_chains: how a Markov chain takes a step that leaves an energy as it is. Each has one step size,
/// which sample_chains tunes in the warm-up until the mean probability to accept is `target_acceptance`.
namespace bijou {

/// Metropolis et al. 1953: a normal step of deviation h, the step size, in all coordinates. No gradients. Accepted with
/// probability a.
///
/// @f[ x^* = x + h\, \xi, \quad \xi \sim N(0, I), \qquad a = \min\left(1, \frac{p(x^*)}{p(x)}\right) @f]
struct Metropolis {
  double step_size = 1;
  double target_acceptance = 0.3;

  static constexpr const char* name = "Metropolis";
  static constexpr bool uses_score = false;

  template <class T, class E>
  void step(const E& energy, const detail::TileOfBatch& at, detail::ChainState<T>& state, detail::StepNoise noise,
            detail::StepOutcome<T>& outcome) const {
    detail::metropolis_step(energy, at, state, static_cast<T>(step_size), noise, outcome);
  }
};

/// Hamiltonian Monte Carlo with fresh momenta m of unit mass (Duane et al. 1987): leapfrog steps of size h, then
/// accepted with probability a.
///
/// @f[
///   m \leftarrow m + \frac{h}{2} \nabla\ln p(x), \quad x \leftarrow x + h m, \quad m \leftarrow m + \frac{h}{2}
///   \nabla\ln p(x)
/// @f]
/// @f[ a = \min\bigl(1, e^{H(x, m) - H(x^*, m^*)}\bigr), \qquad H(x, m) = -\ln p(x) + \frac{|m|^2}{2} @f]
///
/// Coordinates of different scale want a LatentEnergy with an Affine. The size of each step is step_size times a
/// uniform number of 1 - jitter, 1 + jitter: leapfrogs of one length resonate with the periods of the target, and a
/// chain then comes back to where it was, or to the other side, without end (Mackenzie 1989).
struct Hmc {
  double step_size = 0.1;
  /// Leapfrog steps in one step of the chain, at least 1.
  Index leapfrogs = 10;
  double target_acceptance = 0.8;
  /// Relative half width of the uniform factor on the step size, in [0, 1).
  double jitter = 0.2;

  static constexpr const char* name = "Hmc";
  static constexpr bool uses_score = true;

  template <class T, class E>
  void step(const E& energy, const detail::TileOfBatch& at, detail::ChainState<T>& state, detail::StepNoise noise,
            detail::StepOutcome<T>& outcome) const {
    // One number for all chains of a step, from a place where no event is.
    CounterGenerator of_step = noise.of(-1);
    const double size = step_size * (1 + jitter * (2 * uniform(of_step) - 1));
    detail::hamiltonian_step(energy, at, state, static_cast<T>(size), leapfrogs, noise, outcome);
  }
};

/// The Metropolis-adjusted Langevin algorithm (Roberts & Tweedie 1996), h the step size: Hmc with one leapfrog.
/// Accepted with probability a, q the normal density of the proposal.
///
/// @f[
///   x^* = x + \frac{h^2}{2} \nabla\ln p(x) + h\, \xi, \qquad a = \min\left(1, \frac{p(x^*)\, q(x \mid x^*)}{p(x)\,
///   q(x^* \mid x)}\right)
/// @f]
struct Mala {
  double step_size = 0.1;
  double target_acceptance = 0.574;

  static constexpr const char* name = "Mala";
  static constexpr bool uses_score = true;

  template <class T, class E>
  void step(const E& energy, const detail::TileOfBatch& at, detail::ChainState<T>& state, detail::StepNoise noise,
            detail::StepOutcome<T>& outcome) const {
    detail::hamiltonian_step(energy, at, state, static_cast<T>(step_size), 1, noise, outcome);
  }
};

namespace detail {

template <class K>
void require_kernel(const K& kernel) {
  require_option(K::name, finite(kernel.step_size) && kernel.step_size > 0, "a finite step_size above 0",
                 kernel.step_size);
  require_option(K::name, kernel.target_acceptance > 0 && kernel.target_acceptance < 1, "a target_acceptance in (0, 1)",
                 kernel.target_acceptance);
  if constexpr (requires { kernel.leapfrogs; }) require_at_least(K::name, "leapfrogs", 1, kernel.leapfrogs);
  if constexpr (requires { kernel.jitter; })
    require_option(K::name, kernel.jitter >= 0 && kernel.jitter < 1, "a jitter in [0, 1)", kernel.jitter);
}

}  // namespace detail
}  // namespace bijou

#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <bijou/inference/chain_kernel.hpp>
#include <bijou/inference/energy.hpp>
#include <bijou/inference/interpolated.hpp>
#include <bijou/training/checks.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

/// What stochastic layers work with, and what they share.
namespace bijou {

namespace detail {

/// What goes with a tile along a path of a StochasticFlow: the energies at both ends, and where the noise of a layer
/// comes from, so that a pullback can draw it again.
template <class Base, class Target>
struct PathContext {
  const Base& base;
  const Target& target;
  const TileOfBatch& at;
  std::uint64_t seed;
  std::uint64_t layer;
  bool is_backward;  // from data to noise

  /// The energy at lambda between base and target.
  auto energy(double lambda) const { return Interpolated<const Base&, const Target&>(base, target, lambda); }
  StepNoise noise(Index step) const { return {seed, layer, static_cast<std::uint64_t>(step)}; }
};

/// A path to try a layer with.
template <class T>
struct ProbeEnergy {
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static Index event_size() { return 0; }
  void log_prob(DensityEvaluation<T>) const {}
  void log_prob_pullback(DensityPullback<T>) const {}
};

}  // namespace detail

/// A random map from y to y' between noise and data, one or more steps of a Markov kernel q at an energy between those
/// of base and target, with ln of the ratio of the kernels backwards and forwards (Wu, Koehler & Noe 2020, "Stochastic
/// normalizing flows", Eq. (7)).
///
/// @f[ \Delta S = \ln\frac{\tilde q(y^\prime \to y)}{q(y \to y^\prime)} @f]
///
/// A plain struct with, beside Scalar and members(),
///
/// | expression | meaning |
/// |---|---|
/// | `l.transition(e, path)` | of an `Evaluation<T, Cache>`: e.output = the state after the steps from e.input, with the noise of the path; e.log_det += Delta S = ln q~(output -> input) - ln q(input -> output). Backwards it is the kernel that undoes the forward one in law, and Delta S has the same meaning for the path as it is drawn |
/// | `l.transition_pullback(p, path)` | the gradient of that with the noise and all decisions fixed, as for a Bijector |
template <class L>
concept StochasticLayer = detail::HasMembers<L> && detail::HasScalar<L> &&
                          requires(const L& l,
                                   const detail::PathContext<detail::ProbeEnergy<typename L::Scalar>,
                                                             detail::ProbeEnergy<typename L::Scalar>>& path,
                                   Evaluation<typename L::Scalar, detail::cache_t<L, typename L::Scalar>> e,
                                   Pullback<typename L::Scalar, detail::cache_t<L, typename L::Scalar>> p) {
                            l.transition(e, path);
                            l.transition_pullback(p, path);
                          };

/// How long a stochastic layer runs, and where. Set members by name, in this order.
struct LayerOptions {
  Index steps = 10;        // at least 1
  double step_size = 0.1;  // above 0
  double lambda = 1;       // of the energy: 0 that of the base, 1 that of the target
};

namespace detail {

/// What the layers with a step size have in common. Trained: whether the step size is.
template <class T, bool Trained>
class LayerBase {
 public:
  using Scalar = T;

  Index steps() const { return steps_; }
  double lambda() const { return lambda_; }
  T step_size() const { return std::exp(log_step_size_(0)); }

  std::string state_error() const {
    if (steps_ < 1) return joined({"expected steps of at least 1, got ", steps_});
    if (!(lambda_ >= 0 && lambda_ <= 1)) return joined({"expected a lambda in [0, 1], got ", lambda_});
    return {};
  }

 protected:
  LayerBase(const char* caller, const LayerOptions& options) : steps_(options.steps), lambda_(options.lambda) {
    const auto step_size = static_cast<T>(options.step_size);
    require_option(caller, finite(step_size) && step_size > 0, "a finite step_size above 0", options.step_size);
    log_step_size_(0) = std::log(step_size);
    require_no_error(caller, state_error());
  }

  /// The entry of the logarithm of the step size in the list of a layer.
  template <class Layer>
  static constexpr auto step_size_member(Eigen::Vector<T, 1> Layer::*pointer) {
    if constexpr (Trained)
      return parameter<LogOfScale>("log_step_size", pointer);
    else
      return bijou::state("log_step_size", pointer);
  }

  /// Adds to the gradient of the logarithm of the step size.
  template <class Layer, class P>
  static void add_step_size_gradient(const Layer& layer, P& p, double gradient) {
    if constexpr (Trained) {
      auto [d_log_step_size] = gradients(layer, p);
      d_log_step_size(0) += static_cast<T>(gradient);
    }
  }

  Eigen::Vector<T, 1> log_step_size_;
  Index steps_;
  double lambda_;
};

/// Delta S of any steps that leave exp(energy) as it is: ln p before - ln p after.
template <class T>
void add_energy_drop(Sums log_ratio, const Sums& before, const Sums& after) {
  for (Index n = 0; n < log_ratio.size(); ++n) {
    double drop = before(n) - after(n);
    if (is_nan(drop)) drop = -std::numeric_limits<double>::infinity();
    log_ratio(n) += drop;
  }
}

}  // namespace detail
}  // namespace bijou

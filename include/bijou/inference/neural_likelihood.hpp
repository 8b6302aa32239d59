#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/inference/likelihood_energy.hpp>
#include <bijou/inference/posterior_chains.hpp>
#include <bijou/inference/simulate.hpp>
#include <bijou/inference/simulations.hpp>
#include <bijou/training/fit.hpp>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// How NeuralLikelihood::run goes through its rounds. Set members by name, in this order.
struct LikelihoodRounds {
  Index rounds = 10;
  /// Simulations of each round.
  Index simulations = 1000;
  /// Of each round; if left out, simulation_fit_options of all simulations so far.
  std::optional<FitOptions> fit = {};
  PosteriorChainOptions chains = {};
  InvalidSimulations invalid = InvalidSimulations::refuse;
  /// Threads of the simulator and of the chains.
  int threads = 1;
};

/// Posteriors of a simulator without a likelihood, by a flow for the likelihood, q(x | theta): neural likelihood
/// estimation, in rounds SNL (Papamakarios, Sterratt & Murray 2019, Algorithm 1). One flow serves any observation, and
/// any number of independent ones together.
///
/// Flow: conditional, over x of D coordinates, with a context of the prior's number of rows; such as flows::MAF, whose
/// scales of x and theta are those of the first simulations that it is trained with. Prior: a Distribution. Throws
/// std::invalid_argument for sizes that do not fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::TwoMoonsSimulator<float> simulator;
/// const bijou::flows::MAF<float> flow{{.event_size = 2, .context_size = 2, .hidden = {50, 50}}, rng};
/// bijou::NeuralLikelihood model{flow, simulator.prior()};
/// const Eigen::Vector2f x_o(0.0f, 0.2f);
/// const auto posterior = model.run(simulator, x_o, {.rounds = 2, .simulations = 500}, rng);
/// const auto draws = posterior.sample(1'000, rng);  // draws.events is 2 x 1000
/// @endcode
template <class Flow, Distribution Prior>
class NeuralLikelihood {
  using T = typename Prior::Scalar;

 public:
  using Scalar = T;
  static constexpr const char* name = "NeuralLikelihood";
  static_assert((detail::require_distribution<Flow>(), true));
  static_assert(std::is_same_v<typename Flow::Scalar, T>,
                "NeuralLikelihood: flow and prior have different scalar types, float and double");

  NeuralLikelihood(Flow flow, Prior prior)
      : flow_(std::move(flow)), prior_(std::move(prior)), store_(prior_.event_size(), flow_.event_size()) {
    detail::require_size(name, "a flow with a context", prior_.event_size(), bijou::context_size(flow_));
  }

  const Flow& flow() const { return flow_; }
  const Prior& prior() const { return prior_; }
  /// Of all rounds.
  const auto& simulations() const { return store_.all(); }
  /// How many had NaN or infinity and were left out.
  Index dropped() const { return store_.dropped(); }
  /// How each call of train went.
  const std::vector<History>& histories() const { return histories_; }

  /// Adds simulations, from theta drawn in any way. Throws std::invalid_argument for sizes that do not fit, and if x
  /// has NaN or infinity, unless these are to be dropped.
  template <class Theta, class X>
  void append(const Eigen::MatrixBase<Theta>& theta, const Eigen::MatrixBase<X>& x,
              InvalidSimulations invalid = InvalidSimulations::refuse) {
    store_.append(name, theta, x, invalid,
                  ": a likelihood without them is wrong where the simulator fails. Let x say that it has failed, or "
                  "pass InvalidSimulations::drop");
  }

  /// Fits the flow to all simulations, from where it is. Throws as fit does, and std::invalid_argument for a component
  /// of x that is constant.
  template <class Rng>
  History train(const FitOptions& options, Rng&& rng) {
    store_.require_varied(name);
    histories_.push_back(fit(flow_, simulations().x, simulations().theta, options, rng));
    return histories_.back();
  }
  template <class Rng>
  History train(Rng&& rng) {
    return train(simulation_fit_options(store_.count()), rng);
  }

  /// The posterior for observations, D x K, K of them independent: an Energy with draws. It has the flow as it is now.
  template <class X>
  LikelihoodEnergy<Flow, Prior> posterior(const Eigen::MatrixBase<X>& x_o) const {
    return {flow_, x_o, prior_};
  }

  /// Rounds of simulations, training and draws from the posterior for x_o, which are the parameters of the next round;
  /// those of the first come from the prior, unless there are simulations already. Returns the last posterior. Throws
  /// as simulate, append, train and sample_posterior do.
  template <class F, class X, class Rng>
  LikelihoodEnergy<Flow, Prior> run(F&& simulator, const Eigen::MatrixBase<X>& x_o, const LikelihoodRounds& options,
                                    Rng&& rng) {
    detail::require_at_least(name, "rounds", 1, options.rounds);
    detail::require_at_least(name, "simulations", 1, options.simulations);
    detail::require_at_least(name, "threads", 1, options.threads);
    Workspace workspace{options.threads};
    for (Index round = 0; round < options.rounds; ++round) {
      const bool from_prior = store_.count() == 0;
      const Eigen::Matrix<T, Prior::static_event_size, Eigen::Dynamic> theta =
          from_prior ? sample(prior_, options.simulations, rng)
                     : posterior(x_o).sample(options.simulations, rng, options.chains, workspace).events;
      append(theta, simulate(theta, simulator, rng, options.threads).x, options.invalid);
      train(options.fit.value_or(simulation_fit_options(store_.count())), rng);
    }
    return posterior(x_o);
  }

 private:
  Flow flow_;
  Prior prior_;
  detail::SimulationStore<T, Prior::static_event_size, Flow::static_event_size> store_;
  std::vector<History> histories_;
};

}  // namespace bijou

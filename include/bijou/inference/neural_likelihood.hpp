#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/inference/likelihood_energy.hpp>
#include <bijou/inference/posterior_chains.hpp>
#include <bijou/inference/simulation_model.hpp>
#include <bijou/training/fit.hpp>
#include <optional>
#include <type_traits>
#include <utility>

namespace bijou {

/// How NeuralLikelihood::run goes through its rounds. Set members by name, in this order.
struct LikelihoodRounds {
  /// Rounds of simulating and training, at least 1.
  Index rounds = 10;
  /// Simulations of each round.
  Index simulations = 1000;
  /// Of each round; if left out, simulation_fit_options of all simulations so far.
  std::optional<FitOptions> fit = {};
  /// How the posterior is drawn from between rounds.
  PosteriorChainOptions chains = {};
  /// What is done with simulations that are not finite.
  InvalidSimulations invalid = InvalidSimulations::refuse;
  /// Threads of the simulator and of the chains.
  int threads = 1;
};

/// Posteriors of a simulator without a likelihood, by a flow for the likelihood, q(x | theta): neural likelihood
/// estimation, in rounds SNL (Papamakarios, Sterratt & Murray 2019, Algorithm 1). One flow serves any observation, and
/// any number of independent ones together.
///
/// @f[
///   L = -\frac{1}{N} \sum_n \ln q(x_n \mid \theta_n), \qquad p(\theta \mid x_o) \propto p(\theta) \prod_k q(x_k \mid
///   \theta)
/// @f]
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
class NeuralLikelihood : public detail::SimulationModel<Flow, Prior, Flow::static_event_size> {
  using Model = detail::SimulationModel<Flow, Prior, Flow::static_event_size>;
  using T = typename Prior::Scalar;
  using Model::flow_;
  using Model::prior_;
  using Model::store_;

 public:
  static constexpr const char* name = "NeuralLikelihood";
  static_assert((detail::require_distribution<Flow>(), true));
  static_assert(std::is_same_v<typename Flow::Scalar, T>,
                "NeuralLikelihood: flow and prior have different scalar types, float and double");

  NeuralLikelihood(Flow flow, Prior prior)
      : Model(std::move(flow), std::move(prior), [](const Flow& each) -> Index { return each.event_size(); }) {
    detail::require_size(name, "a flow with a context", prior_.event_size(), bijou::context_size(flow_));
  }

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
    return this->keep(fit(flow_, store_.all().x, store_.all().theta, options, rng));
  }
  /// Trains the flow on all simulations so far; run does it in each round.
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
  /// as simulate, append, train and sample_posterior do; what is wrong with observations or options before anything is
  /// simulated.
  template <class F, class X, class Rng>
  LikelihoodEnergy<Flow, Prior> run(F&& simulator, const Eigen::MatrixBase<X>& x_o, const LikelihoodRounds& options,
                                    Rng&& rng) {
    posterior(x_o);  // refuses observations that do not fit
    this->require_rounds(name, options);
    detail::require_posterior_options(options.simulations, options.chains);
    this->run_rounds(
        simulator, options, rng,
        [&](Workspace& workspace) {
          return posterior(x_o).sample(options.simulations, rng, options.chains, workspace).events;
        },
        [&](const auto& theta, const auto& x) { append(theta, x, options.invalid); },
        [&](const FitOptions& fit, bool) { train(fit, rng); });
    return posterior(x_o);
  }
};

}  // namespace bijou

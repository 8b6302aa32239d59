#pragma once

#include <bijou/core/workspace.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/inference/simulate.hpp>
#include <bijou/inference/simulations.hpp>
#include <bijou/training/checks.hpp>
#include <bijou/training/fit.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou::detail {

/// What NeuralLikelihood and NeuralPosterior share: a flow, a prior, the simulations of all rounds, and how rounds
/// follow each other. D: rows of x known at compile time, or Eigen::Dynamic.
template <class Flow, Distribution Prior, int D>
class SimulationModel {
 public:
  using Scalar = typename Prior::Scalar;

  const Flow& flow() const { return flow_; }
  const Prior& prior() const { return prior_; }
  /// Of all rounds.
  const auto& simulations() const { return store_.all(); }
  /// How many had NaN or infinity and were left out.
  Index dropped() const { return store_.dropped(); }
  /// How each call of train went.
  const std::vector<History>& histories() const { return histories_; }

 protected:
  using Theta = Eigen::Matrix<Scalar, Prior::static_event_size, Eigen::Dynamic>;

  /// x_rows(flow): how many rows x has.
  SimulationModel(Flow flow, Prior prior, Index (*x_rows)(const Flow&))
      : flow_(std::move(flow)), prior_(std::move(prior)), store_(prior_.event_size(), x_rows(flow_)) {}

  History keep(History history) {
    histories_.push_back(std::move(history));
    return histories_.back();
  }

  /// Refuses options that could not be followed, before anything is simulated.
  template <class Options>
  void require_rounds(std::string_view caller, const Options& options) const {
    require_at_least(caller, "rounds", 1, options.rounds);
    require_at_least(caller, "simulations", 1, options.simulations);
    require_at_least(caller, "threads", 1, options.threads);
    if (options.fit) require_fit_options(*options.fit);
    validation_count(options.fit.value_or(simulation_fit_options(options.simulations)),
                     store_.count() + options.simulations);
  }

  /// Rounds of simulations and training: next_theta(workspace) where there are simulations already, else draws of the
  /// prior, then append(theta, x) and train(options of the fit, whether theta is of the prior).
  template <class F, class Options, class Rng, class NextTheta, class Append, class Train>
  void run_rounds(F&& simulator, const Options& options, Rng& rng, NextTheta next_theta, Append append, Train train) {
    Workspace workspace{options.threads};
    for (Index round = 0; round < options.rounds; ++round) {
      const bool from_prior = store_.count() == 0;
      const Theta theta =
          from_prior ? Theta(bijou::sample(prior_, options.simulations, rng)) : Theta(next_theta(workspace));
      append(theta, simulate(theta, simulator, rng, options.threads).x);
      train(options.fit.value_or(simulation_fit_options(store_.count())), from_prior);
    }
  }

  Flow flow_;
  Prior prior_;
  SimulationStore<Scalar, Prior::static_event_size, D> store_;

 private:
  std::vector<History> histories_;
};

}  // namespace bijou::detail

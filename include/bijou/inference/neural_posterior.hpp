#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/inference/contrastive.hpp>
#include <bijou/inference/flow_posterior.hpp>
#include <bijou/inference/simulation_model.hpp>
#include <bijou/inference/truncated_prior.hpp>
#include <bijou/training/fit.hpp>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace bijou {

/// Where theta of the rounds after the first comes from, and how the flow is trained then.
enum class RoundsFrom {
  /// The prior where the last posterior has its mass; maximum likelihood stays right (Deistler, Goncalves & Macke
  /// 2022).
  truncated_prior,
  /// The last posterior, with the contrastive loss that corrects for it, see fit_contrastive (Greenberg, Nonnenmacher &
  /// Macke 2019, "Automatic posterior transformation", SNPE-C). What it learns is the posterior inside of the prior's
  /// support only: mass may leak outside, which FlowPosterior rejects, and acceptance says how much.
  posterior,
};

/// How NeuralPosterior::run goes through its rounds. Set members by name, in this order.
struct PosteriorRounds {
  /// Rounds of simulating and training, at least 1.
  Index rounds = 1;
  /// Simulations of each round.
  Index simulations = 1000;
  /// Of each round; if left out, simulation_fit_options of all simulations so far.
  std::optional<FitOptions> fit = {};
  /// Where the parameters of further rounds are drawn from.
  RoundsFrom from = RoundsFrom::truncated_prior;
  /// How the prior is truncated to the posterior.
  TruncationOptions truncation = {};
  /// Of the contrastive loss.
  Index atoms = 10;
  /// What is done with simulations that are not finite.
  InvalidSimulations invalid = InvalidSimulations::drop;
  /// Threads of the simulator and of the draws.
  int threads = 1;
};

/// Posteriors of a simulator without a likelihood, by a flow for the posterior, q(theta | x): neural posterior
/// estimation (Papamakarios & Murray 2016; Lueckmann et al. 2017). With simulations from the prior one flow serves any
/// observation. Further rounds for one observation draw theta where the posterior has its mass, see RoundsFrom; the
/// flow is then for that observation alone.
///
/// @f[ L = -\frac{1}{N} \sum_n \ln q(\theta_n \mid x_n), \qquad p(\theta \mid x_o) \approx q(\theta \mid x_o) @f]
///
/// Flow: conditional, over theta, with a context of as many rows as x has. Prior: a Distribution. Throws
/// std::invalid_argument for sizes that do not fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::datasets::TwoMoonsSimulator<float> simulator;
/// const bijou::flows::NSF<float> flow{{.event_size = 2, .context_size = 2, .hidden = {50, 50}}, rng};
/// bijou::NeuralPosterior model{flow, simulator.prior()};
/// const auto [theta, x] = bijou::simulate(model.prior(), simulator, 500, rng);
/// model.append(theta, x);
/// model.train(rng);
/// const auto posterior = model.posterior(Eigen::Vector2f(0.0f, 0.2f));
/// const auto draws = posterior.sample(1'000, rng);  // draws.events is 2 x 1000
/// @endcode
template <class Flow, Distribution Prior>
class NeuralPosterior : public detail::SimulationModel<Flow, Prior, Eigen::Dynamic> {
  using Model = detail::SimulationModel<Flow, Prior, Eigen::Dynamic>;
  using T = typename Prior::Scalar;
  using Model::flow_;
  using Model::prior_;
  using Model::store_;

 public:
  static constexpr const char* name = "NeuralPosterior";
  static_assert((detail::require_distribution<Flow>(), true));
  static_assert(std::is_same_v<typename Flow::Scalar, T>,
                "NeuralPosterior: flow and prior have different scalar types, float and double");

  NeuralPosterior(Flow flow, Prior prior)
      : Model(std::move(flow), std::move(prior), [](const Flow& each) -> Index { return bijou::context_size(each); }) {
    detail::require_common_size(name, {bijou::event_size(flow_), bijou::event_size(prior_)});
    if (bijou::context_size(flow_) == 0) detail::throw_invalid_argument(name, "expected a flow with a context, x");
  }

  /// Adds simulations, theta drawn from the prior or from a TruncatedPrior. Those with NaN or infinity are dropped,
  /// which changes no posterior of an x that is finite. Throws std::invalid_argument for sizes that do not fit, and
  /// for theta outside of the prior's support.
  template <class Theta, class X>
  void append(const Eigen::MatrixBase<Theta>& theta, const Eigen::MatrixBase<X>& x,
              InvalidSimulations invalid = InvalidSimulations::drop) {
    detail::require_size(name, "rows of theta", prior_.event_size(), theta.rows());
    require_inside(theta);
    store_.append(name, theta, x, invalid, "");
  }

  /// Fits the flow to all simulations, from where it is. Throws as fit does, and std::invalid_argument for a component
  /// of x that is constant.
  template <class Rng>
  History train(const FitOptions& options, Rng&& rng) {
    store_.require_varied(name);
    return this->keep(fit(flow_, store_.all().theta, store_.all().x, options, rng));
  }
  /// Trains the flow on all simulations so far; run does it in each round.
  template <class Rng>
  History train(Rng&& rng) {
    return train(simulation_fit_options(store_.count()), rng);
  }

  /// The same with the contrastive loss, for theta that does not come from the prior alone.
  template <class Rng>
  History train_contrastive(const FitOptions& options, Rng&& rng, Index atoms = 10) {
    store_.require_varied(name);
    return this->keep(
        fit_contrastive(flow_, prior_, store_.all().theta, store_.all().x, options, rng, Adam<T>{}, atoms));
  }

  /// The posterior for one observation, D x 1. It has the flow as it is now. See FlowPosterior for the last argument.
  template <class X>
  FlowPosterior<Flow, Prior> posterior(const Eigen::MatrixBase<X>& x_o, Index draws_for_normalizer = 10'000) const {
    return {flow_, x_o, prior_, draws_for_normalizer};
  }

  /// Rounds of simulations and training. theta of the first comes from the prior, unless there are simulations already;
  /// that of the others as options.from says, with the last posterior for x_o. Returns the last posterior. Throws as
  /// simulate, append, train, TruncatedPrior and FlowPosterior::sample do; what is wrong with the observation or the
  /// options before anything is simulated.
  template <class F, class X, class Rng>
  FlowPosterior<Flow, Prior> run(F&& simulator, const Eigen::MatrixBase<X>& x_o, const PosteriorRounds& options,
                                 Rng&& rng) {
    posterior(x_o, 0);  // refuses an observation that does not fit
    this->require_rounds(name, options);
    detail::require_truncation(name, options.truncation);
    if (options.from == RoundsFrom::posterior) detail::require_atoms(name, options.atoms);
    this->run_rounds(
        simulator, options, rng, [&](Workspace& workspace) { return next_theta(x_o, options, rng, workspace); },
        [&](const auto& theta, const auto& x) { append(theta, x, options.invalid); },
        [&](const FitOptions& fit, bool from_prior) {
          if (from_prior || options.from == RoundsFrom::truncated_prior)
            train(fit, rng);
          else
            train_contrastive(fit, rng, options.atoms);
        });
    return posterior(x_o);
  }

 private:
  using typename Model::Theta;

  template <class X>
  void require_inside(const Eigen::MatrixBase<X>& theta) const {
    // Also of one simulation, where it has a vector of densities.
    const Eigen::Matrix<typename X::Scalar, X::RowsAtCompileTime, Eigen::Dynamic> all = theta;
    const Eigen::VectorXd log_prior = bijou::log_prob(prior_, all).template cast<double>();
    for (Index n = 0; n < log_prior.size(); ++n) {
      if (log_prior(n) > -std::numeric_limits<double>::infinity()) continue;
      detail::throw_invalid_argument(name, "theta in column ", n, " is not finite or outside of the prior's support");
    }
  }

  template <class X, class Rng>
  Theta next_theta(const Eigen::MatrixBase<X>& x_o, const PosteriorRounds& options, Rng& rng,
                   Workspace& workspace) const {
    const auto last = posterior(x_o, 0);
    if (options.from == RoundsFrom::posterior)
      return last.sample(options.simulations, rng, options.truncation.rejection, workspace).events;
    return TruncatedPrior(last, options.truncation, rng, workspace).sample(options.simulations, rng, workspace).events;
  }
};

}  // namespace bijou

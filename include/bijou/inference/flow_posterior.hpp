#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/inference/posterior_chains.hpp>
#include <bijou/inference/rejection.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

namespace bijou {

/// The posterior that a network for the posterior gives, within the prior's support, -infinity elsewhere. Z is the
/// share of q's mass where the prior has mass, which is lost to nothing that training sees; it is estimated by the
/// share of draws. An Energy over theta.
///
/// @f[
///   \ln p(\theta \mid x_o) = \ln q(\theta \mid x_o) - \ln Z, \qquad Z = \int_{p(\theta) > 0} q(\theta \mid x_o)\,
///   d\theta
/// @f]
///
/// Flow: a conditional flow q(theta | x) over C coordinates, with a context of D rows. Prior: a Distribution over
/// theta, of the flow's scalar. x_o: D x 1, finite: several observations are one column to such a network, and its
/// embedding says what it makes of them. Flow and prior are copied. Throws std::invalid_argument for sizes that do not
/// fit, more than one column, and numbers that are not finite.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::NSF<float> flow{{.event_size = 2, .context_size = 3, .layers = 2}, rng};
/// const bijou::Uniform<float, 2> prior{{-1.0f, -1.0f}, {1.0f, 1.0f}};
/// const bijou::FlowPosterior posterior{flow, Eigen::Vector3f(0.1f, 0.2f, 0.3f), prior};
/// const auto draws = posterior.sample(1'000, rng);
/// const double inside = draws.acceptance();
/// const Eigen::VectorXf log_p = bijou::log_prob(posterior, draws.events);
/// @endcode
template <class Flow, Distribution Prior>
class FlowPosterior {
  using T = typename Prior::Scalar;

 public:
  static_assert((detail::require_distribution<Flow>(), true));
  static_assert(std::is_same_v<typename Flow::Scalar, T>,
                "FlowPosterior: flow and prior have different scalar types, float and double");
  static_assert(detail::static_sizes_agree<Flow, Prior>(), "FlowPosterior: flow and prior have different event sizes");
  using Scalar = T;
  static constexpr int static_event_size = detail::common_static_size<Flow, Prior>();
  static constexpr const char* name = "FlowPosterior";
  using Events = Eigen::Matrix<T, static_event_size, Eigen::Dynamic>;

  /// draws_for_normalizer: how many draws Z is estimated with, to a relative error of sqrt((1 - Z) / (Z draws)); 0
  /// takes Z for 1. They have a seed of their own, so that the same flow gives the same Z. Where none lies inside, Z is
  /// taken for 1 / draws.
  template <class X>
  FlowPosterior(Flow flow, const Eigen::MatrixBase<X>& x_o, Prior prior, Index draws_for_normalizer = 10'000)
      : flow_(std::move(flow)), prior_(std::move(prior)) {
    static_assert(std::is_same_v<typename X::Scalar, T>,
                  "FlowPosterior: the observation has another scalar type than the flow");
    if (x_o.cols() != 1) {
      detail::throw_invalid_argument(
          name, "expected one observation, got ", x_o.cols(),
          " columns: a network for the posterior reads one; give several as one column to an "
          "embedding trained for that, or use NeuralLikelihood, which takes any number");
    }
    x_o_ = x_o.col(0);
    detail::require_common_size(name, {bijou::event_size(flow_), bijou::event_size(prior_)});
    detail::require_size(name, "a prior with a context", 0, bijou::context_size(prior_));
    detail::require_size(name, "an observation", bijou::context_size(flow_), x_o_.size());
    detail::require_finite_columns(name, "observations", detail::columns_of(x_o_));
    detail::require_at_least(name, "draws_for_normalizer", 0, draws_for_normalizer);
    if (draws_for_normalizer > 0) estimate_normalizer(draws_for_normalizer);
  }

  Index event_size() const { return flow_.event_size(); }
  const Flow& flow() const { return flow_; }
  const Prior& prior() const { return prior_; }
  /// x_o, the observation.
  const auto& observation() const { return x_o_; }
  /// ln Z in nats.
  double log_normalizer() const { return log_normalizer_; }

  /// n draws of q, those outside of the prior's support drawn again. Throws std::invalid_argument with the acceptance
  /// when there are too many of these; then draws by chains are left.
  template <class Rng>
  AcceptedDraws<T, static_event_size> sample(Index n, Rng&& rng, const RejectionOptions& options = {},
                                             WorkspaceArgument workspace = {}) const {
    detail::require_generator<Rng>();
    return detail::draw_by_rejection<T, static_event_size>(
        name, event_size(), n, options, [&](Index count) { return draw(count, rng, *workspace); },
        [&](const Events& events) { return are_inside(events, *workspace); },
        "of the flow lie in the prior's support: sample_by_chains finds the part of it that does");
  }

  /// The same by Markov chains on q within the support, which no leak makes slow; see sample_posterior.
  template <class Rng>
  PosteriorDraws<T, static_event_size> sample_by_chains(Index n, Rng&& rng, const PosteriorChainOptions& options = {},
                                                        WorkspaceArgument workspace = {}) const {
    return sample_posterior(*this, prior_, n, rng, options, *workspace);
  }

  /// What flow and prior keep, and where the density is.
  struct Cache {
    detail::cache_t<Flow, T> flow;
    detail::cache_t<Prior, T> prior;
    Tile<T> inside;  // 1 x N, 1 or 0
  };

  void log_prob(DensityEvaluation<T, Cache> e) const {
    Arena& arena = e.pass.arena;
    const Sums prior = arena.sums(e.input.cols());
    prior_.log_prob(DensityEvaluation<T, detail::cache_t<Prior, T>>{e.input, prior, e.cache.prior, e.pass});
    const Sums flow = arena.sums(e.input.cols());
    Pass<T> pass = under_observation(e.pass, e.input.cols());
    flow_.log_prob(DensityEvaluation<T, detail::cache_t<Flow, T>>{e.input, flow, e.cache.flow, pass});
    e.cache.inside.rebind(arena.template tile<T>(1, e.input.cols()));
    for (Index n = 0; n < e.input.cols(); ++n) {
      const bool is_inside = detail::finite(prior(n));
      e.cache.inside(0, n) = is_inside ? T(1) : T(0);
      e.log_prob(n) += is_inside ? flow(n) - log_normalizer_ : prior(n);
    }
  }

  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    Pass<T> pass = under_observation(p.pass, p.input.cols());
    flow_.log_prob_pullback(DensityPullback<T, detail::cache_t<Flow, T>>{
        p.input, p.log_prob_gradient, p.input_gradient, ParameterGradient<T>(nullptr, 0), p.cache.flow, pass});
    for (Index n = 0; n < p.input.cols(); ++n) {
      if (!(p.cache.inside(0, n) > T(0))) p.input_gradient.col(n).setZero();
    }
  }

  /// Which columns the prior has mass at, 1 or 0.
  template <class X>
  Eigen::ArrayXi are_inside(const Eigen::MatrixBase<X>& events, Workspace& workspace) const {
    const Eigen::VectorXd log_prob = detail::energies_of(prior_, events, workspace);
    return Eigen::ArrayXi::NullaryExpr(events.cols(), [&](Index n) { return detail::finite(log_prob(n)) ? 1 : 0; });
  }

 private:
  Pass<T> under_observation(const Pass<T>& pass, Index count) const {
    return {.arena = pass.arena,
            .keep_for_pullback = pass.keep_for_pullback,
            .context = detail::repeat_column<T>(x_o_, count, pass.arena),
            .one_context = true,
            .threads = pass.threads};
  }

  template <class Rng>
  Events draw(Index count, Rng& rng, Workspace& workspace) const {
    return flow_.given(x_o_).sample(count, rng, workspace);
  }

  void estimate_normalizer(Index draws) {
    CounterGenerator rng{0, {}};
    Workspace workspace;
    constexpr Index together = 16384;
    Index inside = 0;
    for (Index first = 0; first < draws; first += together) {
      inside += are_inside(draw((std::min)(together, draws - first), rng, workspace), workspace).sum();
    }
    log_normalizer_ = std::log(static_cast<double>((std::max)(inside, Index{1})) / static_cast<double>(draws));
  }

  Flow flow_;
  Eigen::Vector<T, Eigen::Dynamic> x_o_;
  Prior prior_;
  double log_normalizer_ = 0;
};

template <class Flow, class X, class Prior>
FlowPosterior(Flow, X, Prior) -> FlowPosterior<Flow, Prior>;
template <class Flow, class X, class Prior>
FlowPosterior(Flow, X, Prior, Index) -> FlowPosterior<Flow, Prior>;

}  // namespace bijou

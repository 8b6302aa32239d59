#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/inference/posterior_chains.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

namespace bijou {

/// The posterior that a network for the likelihood gives, without its normaliser, several columns x_k of x_o being
/// independent observations under one theta. An Energy over theta, the context of the flow. -infinity where the prior
/// has no mass; the flow is not evaluated there.
///
/// @f[ \ln p(\theta \mid x_o) = \ln p(\theta) + \sum_k \ln q(x_k \mid \theta) + \text{const} @f]
///
/// Flow: a conditional flow q(x | theta) over events of D coordinates, with a context of C rows. Prior: a Distribution
/// over theta, C coordinates, of the flow's scalar. x_o: D x K, finite. Flow and prior are copied. Throws
/// std::invalid_argument for sizes that do not fit and for numbers that are not finite.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::MAF<float> flow{{.event_size = 3, .context_size = 2, .layers = 2}, rng};
/// const bijou::Uniform<float, 2> prior{{-1.0f, -1.0f}, {1.0f, 1.0f}};
/// const Eigen::Vector3f x_o(0.1f, 0.2f, 0.3f);
/// const bijou::LikelihoodEnergy posterior{flow, x_o, prior};
/// const float log_p = bijou::log_prob(posterior, Eigen::Vector2f(0.5f, 0.5f));  // nats, up to a constant
/// const Eigen::Matrix2Xf theta = posterior.sample(1'000, rng).events;
/// @endcode
template <class Flow, Distribution Prior>
class LikelihoodEnergy {
  using T = typename Prior::Scalar;

 public:
  static_assert((detail::require_distribution<Flow>(), true));
  static_assert(std::is_same_v<typename Flow::Scalar, T>,
                "LikelihoodEnergy: flow and prior have different scalar types, float and double");
  using Scalar = T;
  static constexpr int static_event_size = Prior::static_event_size;
  static constexpr const char* name = "LikelihoodEnergy";

  template <class X>
  LikelihoodEnergy(Flow flow, const Eigen::MatrixBase<X>& x_o, Prior prior)
      : flow_(std::move(flow)), x_o_(x_o), prior_(std::move(prior)) {
    static_assert(std::is_same_v<typename X::Scalar, T>,
                  "LikelihoodEnergy: the observations have another scalar type than the flow");
    detail::require_size(name, "a flow with a context", event_size(), bijou::context_size(flow_));
    detail::require_size(name, "a prior with a context", 0, bijou::context_size(prior_));
    detail::require_rows(name, flow_.event_size(), x_o_.rows());
    if (x_o_.cols() == 0) detail::throw_invalid_argument(name, "expected at least 1 observation, got 0");
    detail::require_finite_columns(name, "observations", detail::columns_of(x_o_));
  }

  Index event_size() const { return prior_.event_size(); }
  const Flow& flow() const { return flow_; }
  const Prior& prior() const { return prior_; }
  /// The observations, one per column, taken as independent.
  const auto& observations() const { return x_o_; }

  /// n draws by slice sampling, with what tells whether the chains have mixed; see sample_posterior.
  template <class Rng>
  PosteriorDraws<T, static_event_size> sample(Index n, Rng&& rng, const PosteriorChainOptions& options = {},
                                              WorkspaceArgument workspace = {}) const {
    return sample_posterior(*this, prior_, n, rng, options, *workspace);
  }

  /// What the prior keeps, and the score of the likelihood, C x N, where a pullback follows.
  struct Cache {
    detail::cache_t<Prior, T> prior;
    Tile<T> score;
  };

  void log_prob(DensityEvaluation<T, Cache> e) const {
    Arena& arena = e.pass.arena;
    const Sums prior = arena.sums(e.input.cols());
    prior_.log_prob(DensityEvaluation<T, detail::cache_t<Prior, T>>{e.input, prior, e.cache.prior, e.pass});
    e.log_prob += prior;
    if (e.pass.keep_for_pullback) {
      e.cache.score.rebind(arena.template tile<T>(e.input.rows(), e.input.cols()));
      e.cache.score.setZero();
    }
    const Arena::Frame frame(arena);
    Index alive = 0;
    Index* const events = static_cast<Index*>(arena.bytes(static_cast<std::size_t>(e.input.cols()) * sizeof(Index)));
    for (Index n = 0; n < e.input.cols(); ++n) {
      if (detail::finite(prior(n))) events[alive++] = n;
    }
    add_log_likelihood(e, events, alive);
  }

  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    prior_.log_prob_pullback(DensityPullback<T, detail::cache_t<Prior, T>>{
        p.input, p.log_prob_gradient, p.input_gradient, ParameterGradient<T>(nullptr, 0), p.cache.prior, p.pass});
    for (Index i = 0; i < p.input.rows(); ++i) {
      p.input_gradient.row(i) += p.cache.score.row(i) * p.log_prob_gradient;
    }
  }

 private:
  using FlowCache = detail::cache_t<Flow, T>;

  /// Pairs of an event and an observation go through the flow in tiles; pair j is event j % alive with observation j /
  /// alive. Tiles are of nearly one size and no pair is alone unless the event is, since a single column is summed in
  /// another order.
  void add_log_likelihood(DensityEvaluation<T, Cache>& e, const Index* events, Index alive) const {
    const Index pairs = alive * x_o_.cols();
    if (pairs == 0) return;
    const Index columns = (std::max)(pairs, (std::min)(Index{2}, e.input.cols()));
    const Index tiles = detail::tiles_of(columns);
    const Index rows = e.pass.keep_for_pullback ? e.input.rows() : 0;
    ParameterGradient<double> score = e.pass.arena.template zeros<double>(rows * alive);
    for (Index t = 0; t < tiles; ++t) {
      const Index first = t * columns / tiles;
      const Index count = (t + 1) * columns / tiles - first;
      const Arena::Frame frame(e.pass.arena);
      const Tile<T> x = e.pass.arena.template tile<T>(x_o_.rows(), count);
      const Tile<T> theta = e.pass.arena.template tile<T>(e.input.rows(), count);
      for (Index j = 0; j < count; ++j) {
        const Index pair = (std::min)(first + j, pairs - 1);
        for (Index i = 0; i < x.rows(); ++i) x(i, j) = x_o_(i, pair / alive);
        for (Index i = 0; i < theta.rows(); ++i) theta(i, j) = e.input(i, events[pair % alive]);
      }
      const Sums log_prob = e.pass.arena.sums(count);
      FlowCache cache{};
      Pass<T> pass{.arena = e.pass.arena,
                   .keep_for_pullback = e.pass.keep_for_pullback,
                   .context = theta,
                   .threads = e.pass.threads};
      flow_.log_prob(DensityEvaluation<T, FlowCache>{x, log_prob, cache, pass});
      const Index end = (std::min)(count, pairs - first);
      for (Index j = 0; j < end; ++j) e.log_prob(events[(first + j) % alive]) += log_prob(j);
      if (rows == 0) continue;
      pull_back(x, theta, cache, pass);
      for (Index j = 0; j < end; ++j) {
        for (Index i = 0; i < rows; ++i)
          score((first + j) % alive * rows + i) += static_cast<double>(pass.context_gradient(i, j));
      }
    }
    for (Index k = 0; k < alive && rows > 0; ++k) {
      for (Index i = 0; i < rows; ++i) e.cache.score(i, events[k]) = static_cast<T>(score(k * rows + i));
    }
  }

  /// Writes d ln q / d theta to the pass.
  void pull_back(Tile<T> x, Tile<T> theta, FlowCache& cache, Pass<T>& pass) const {
    Row<T> ones = pass.arena.template row<T>(x.cols());
    ones.setOnes();
    const Tile<T> x_gradient = pass.arena.template tile<T>(x.rows(), x.cols());
    pass.context_gradient.rebind(pass.arena.template tile<T>(theta.rows(), theta.cols()));
    pass.context_gradient.setZero();
    flow_.log_prob_pullback(
        DensityPullback<T, FlowCache>{x, ones, x_gradient, ParameterGradient<T>(nullptr, 0), cache, pass});
  }

  Flow flow_;
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> x_o_;
  Prior prior_;
};

template <class Flow, class X, class Prior>
LikelihoodEnergy(Flow, X, Prior) -> LikelihoodEnergy<Flow, Prior>;

}  // namespace bijou

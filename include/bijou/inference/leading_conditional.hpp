#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/inference/leading_marginal.hpp>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

/// What has base and bijector, through a view of it under a context.
template <class P>
const auto& flow_inside(const P& p) {
  if constexpr (requires { p.distribution(); })
    return flow_inside(p.distribution());
  else
    return p;
}

}  // namespace detail

/// The exact density of the last coordinates of a flow where the first k are given, as leading_conditional makes it,
/// its gradient for the events, and draws, with the calls of DistributionCalls for events of D - k rows.
///
/// @f[ \ln p(x_k, \ldots, x_{D-1} \mid x_0, \ldots, x_{k-1}) = \ln p(x) - \ln p(x_0, \ldots, x_{k-1}) @f]
///
/// P: a flow, held as a value or by reference. Leading: what holds the given coordinates, k x M. With M = 1 they are
/// those of every event; otherwise a call takes M events, and event n has column n.
template <class P, class Leading>
class LeadingConditional : public DistributionCalls<LeadingConditional<P, Leading>,
                                                    typename std::remove_cvref_t<P>::Scalar, Eigen::Dynamic> {
  using Flow = std::remove_cvref_t<P>;
  using T = typename Flow::Scalar;
  using Calls = DistributionCalls<LeadingConditional, T, Eigen::Dynamic>;
  using Inside = std::remove_cvref_t<decltype(detail::flow_inside(std::declval<const Flow&>()))>;

 public:
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "LeadingConditional";

  LeadingConditional(P flow, Leading leading) : flow_(std::forward<P>(flow)), leading_(std::move(leading)) {
    detail::require_order("leading_conditional", flow_);
    if (leading_.rows() < 1 || leading_.rows() >= flow_.event_size()) {
      detail::throw_invalid_argument("leading_conditional", "expected between 1 and ", flow_.event_size() - 1,
                                     " given coordinates, got ", leading_.rows());
    }
  }

  Index event_size() const { return flow_.event_size() - leading_.rows(); }
  Index noise_size() const { return flow_.event_size(); }
  Index context_size() const { return bijou::context_size(flow_); }

  using Calls::sample;
  using Calls::sample_with_log_prob;

  /// One draw for each column of the given coordinates.
  template <class Rng>
  auto sample(Rng&& rng, WorkspaceArgument workspace = {}) const {
    return Calls::sample(leading_.cols(), rng, *workspace);
  }
  /// One draw for each column that is given, and its ln p.
  template <class Rng>
  auto sample_with_log_prob(Rng&& rng, WorkspaceArgument workspace = {}) const {
    return Calls::sample_with_log_prob(leading_.cols(), rng, *workspace);
  }

  void require_parts() const { detail::require_order(name, flow_); }

  // What DistributionCalls takes for a context: that of the flow, and below it the given coordinates.
  ConstTile<T> context_of(const detail::TileOfBatch& at) const {
    const Tile<T> all = at.arena.template tile<T>(context_rows() + leading_.rows(), at.count);
    if constexpr (detail::HoldsContext<Flow>) all.slice(0, context_rows()) = flow_.context_of(at);
    all.slice(context_rows(), leading_.rows()) = leading_.cols() == 1
                                                     ? detail::repeat_column<T>(leading_, at.count, at.arena)
                                                     : detail::load_events<T>(leading_, at);
    return all;
  }
  bool has_one_context() const { return false; }
  void require_events_of_context(Index events) const {
    if constexpr (detail::HoldsContext<Flow>) flow_.require_events_of_context(events);
    if (leading_.cols() == 1 || leading_.cols() == events) return;
    detail::throw_invalid_argument(name, "expected given coordinates in 1 column or in ", events,
                                   ", one for each event, got ", leading_.cols());
  }
  void require_apart_from_context(const auto& x) const {
    detail::require_apart(name, x, leading_);
    if constexpr (detail::HoldsContext<Flow>) flow_.require_apart_from_context(x);
  }

  /// All coordinates, D x N, and what the flow keeps.
  struct Cache {
    Tile<T> whole;
    detail::cache_t<Flow, T> flow;
  };

  using Calls::log_prob;

  // ln p(x) - ln p(x_<k): what both have in common is the same number in both.
  void log_prob(DensityEvaluation<T, Cache> e) const {
    Arena& arena = e.pass.arena;
    const ConstTile<T> leading = leading_of(e.pass);
    e.cache.whole.rebind(arena.template tile<T>(flow_.event_size(), e.input.cols()));
    e.cache.whole.slice(0, leading.rows()) = leading;
    e.cache.whole.slice(leading.rows(), e.input.rows()) = e.input;
    const Sums of_leading = arena.sums(e.input.cols());
    {
      const Arena::Frame frame(arena);
      detail::cache_t<Flow, T> cache{};
      Pass<T> pass = pass_of_flow(e.pass);
      pass.keep_for_pullback = false;
      flow_.log_prob(DensityEvaluation<T, detail::cache_t<Flow, T>>{leading, of_leading, cache, pass});
    }
    Pass<T> pass = pass_of_flow(e.pass);
    e.log_prob -= of_leading;
    flow_.log_prob(DensityEvaluation<T, detail::cache_t<Flow, T>>{e.cache.whole, e.log_prob, e.cache.flow, pass});
  }

  // ln p(x_<k) does not depend on the events.
  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Tile<T> gradient = p.pass.arena.template tile<T>(flow_.event_size(), p.input.cols());
    Pass<T> pass = pass_of_flow(p.pass);
    flow_.log_prob_pullback(DensityPullback<T, detail::cache_t<Flow, T>>{
        p.cache.whole, p.log_prob_gradient, gradient, ParameterGradient<T>(nullptr, 0), p.cache.flow, pass});
    p.input_gradient = gradient.slice(leading_.rows(), p.input.rows());
  }

  /// Fills in noise for all coordinates; that of the given ones is not used.
  void draw(auto noise, auto& rng) const { flow_.draw(noise, rng); }

  void map_noise(NoiseEvaluation<T, Cache> n) const {
    Arena& arena = n.pass.arena;
    const Arena::Frame frame(arena);
    const Inside& flow = detail::flow_inside(flow_);
    using B = std::remove_cvref_t<decltype(flow.bijector)>;
    using Base = std::remove_cvref_t<decltype(flow.base)>;
    Pass<T> pass = pass_of_flow(n.pass);
    const ConstTile<T> leading = leading_of(n.pass);
    const Tile<T> z = arena.template tile<T>(n.noise.rows(), n.noise.cols());
    const Tile<T> x = arena.template tile<T>(n.noise.rows(), n.noise.cols());
    const Sums log_det = arena.sums(n.noise.cols());  // of the last coordinates, dz/dx, with the sign changed
    const Sums of_leading = arena.sums(n.noise.cols());
    detail::cache_t<B, T> inverse{}, forward{};
    detail::cache_t<Base, T> base{}, base_of_leading{};
    const Tile<T> z_leading = z.slice(0, leading.rows());
    flow.bijector.inverse(Evaluation<T, detail::cache_t<B, T>>{leading, z_leading, of_leading, inverse, pass});
    z.slice(leading.rows(), n.output.rows()) = n.noise.slice(leading.rows(), n.output.rows());
    flow.bijector.forward(Evaluation<T, detail::cache_t<B, T>>{z, x, log_det, forward, pass});
    flow.base.log_prob(DensityEvaluation<T, detail::cache_t<Base, T>>{z_leading, of_leading, base_of_leading, pass});
    n.log_prob -= log_det;
    n.log_prob -= of_leading;
    flow.base.log_prob(DensityEvaluation<T, detail::cache_t<Base, T>>{z, n.log_prob, base, pass});
    Tile<T> output = n.output;
    output = x.slice(leading.rows(), n.output.rows());
  }

 private:
  Index context_rows() const {
    if constexpr (detail::HoldsContext<Flow>)
      return bijou::context_size(detail::flow_inside(flow_));
    else
      return 0;
  }
  ConstTile<T> leading_of(const Pass<T>& pass) const { return pass.context.slice(context_rows(), leading_.rows()); }
  Pass<T> pass_of_flow(const Pass<T>& pass) const {
    Pass<T> inner{.arena = pass.arena, .keep_for_pullback = pass.keep_for_pullback, .threads = pass.threads};
    inner.context.rebind(pass.context.slice(0, context_rows()));
    if constexpr (detail::HoldsContext<Flow>) inner.one_context = flow_.has_one_context();
    return inner;
  }

  P flow_;
  Leading leading_;
};

/// The exact conditional density of the last coordinates of a flow of which leading_marginal is exact, and draws from
/// it at the cost of those of the flow. leading: k x M, the given coordinates; one column holds for all events, N
/// columns go with N events. What has a name, flow or matrix, is not copied and must outlive the result.
///
/// @f[ \ln p(x_k, \ldots, x_{D-1} \mid x_0, \ldots, x_{k-1}) = \ln p(x) - \ln p(x_0, \ldots, x_{k-1}) @f]
///
/// NaN where the latter is -infinity. Throws std::invalid_argument for a flow of another structure, and unless 1 <= k <
/// D.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 3>{}, bijou::MAF<double, 3>{{32}, rng}};
/// const Eigen::Vector2d first(0.5, -1.0);
/// const auto rest = bijou::leading_conditional(flow, first);
/// const Eigen::MatrixXd x = rest.sample(100, rng);  // x_2, 1 x 100
/// const Eigen::VectorXd log_p = rest.log_prob(x);   // ln p(x_2 | x_0, x_1)
/// @endcode
template <class P, detail::EigenExpression Leading>
auto leading_conditional(P&& flow, Leading&& leading) {
  using T = typename std::remove_cvref_t<P>::Scalar;
  static_assert(std::is_same_v<typename std::remove_cvref_t<Leading>::Scalar, T>,
                "leading_conditional: the given coordinates have another scalar type than the flow");
  using View = detail::ColumnsView<T>;
  using Held = detail::held_t<P>;
  if constexpr (detail::is_lent<Leading>)
    return LeadingConditional<Held, View>(std::forward<P>(flow), detail::columns_of(leading.derived()));
  else
    return LeadingConditional<Held, typename std::remove_cvref_t<Leading>::PlainObject>(std::forward<P>(flow),
                                                                                        std::forward<Leading>(leading));
}

}  // namespace bijou

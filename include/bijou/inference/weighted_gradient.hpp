#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/batch_gradient.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/distributions/context.hpp>
#include <bijou/distributions/distribution.hpp>
#include <string_view>
#include <type_traits>

/// Sums of gradients of ln q with a weight for each event. A loss that sees a flow through its density alone has the
/// gradient sum_n w_n d ln q(x_n) / d parameters, with w_n = dL / d ln q(x_n).
namespace bijou::detail {

/// Refuses a flow that has no context but needs one, and a batch that does not fit: N events under a context, too.
template <class Flow>
void require_flow_of(std::string_view caller, const Flow& flow, Index events) {
  if (flow.event_size() == 0) throw_invalid_argument(caller, "the flow has been moved from: nothing is inside");
  if constexpr (requires { flow.require_parts(); }) flow.require_parts();
  if (const Index size = bijou::context_size(flow); size > 0) {
    throw_invalid_argument(caller, "expected a flow under a context of ", size, " rows: pass flow.given(context)");
  }
  if constexpr (HoldsContext<Flow>) flow.require_events_of_context(events);
  if (events == 0) throw_invalid_argument(caller, "the mean over a batch needs at least one event");
}

template <class Flow, class X>
void require_batch_of(std::string_view caller, const Flow& flow, const Eigen::DenseBase<X>& x) {
  require_flow_of(caller, flow, x.cols());
  require_events(caller, flow, x);
}

/// The numbers that a gradient is written to: of a vector of the flow's scalar and count, contiguous in memory.
template <class Flow, class Gradient>
ParameterGradient<typename Flow::Scalar> gradient_of(std::string_view caller, const Flow& flow, Gradient& gradient) {
  static_assert(!std::is_const_v<Gradient> && bool(Gradient::Flags & Eigen::LvalueBit), "the gradient is const");
  static_assert(std::is_same_v<typename Gradient::Scalar, typename Flow::Scalar>,
                "a gradient of another scalar type than the flow");
  static_assert(is_contiguous_vector<Gradient>,
                "the gradient must be a vector contiguous in memory: an Eigen vector, a segment of one, or a column of "
                "a matrix");
  require_size(caller, "a gradient", flow.parameter_count(), gradient.size());
  return {gradient.data(), gradient.size()};
}

// What losses are made of, compiled once for each flow: how the events of a tile come in, and what is read of them.
template <class Flow>
using LoadTile = FunctionRef<Tile<typename Flow::Scalar>(const TileOfBatch&)>;
template <class Flow>
using WeighTile = FunctionRef<double(const TileOfBatch&, const Sums&, Row<typename Flow::Scalar>)>;
using ReadTile = FunctionRef<double(const TileOfBatch&, const Sums&)>;

/// ln q of the events of a tile, then gradient += sum_n w_n d ln q(x_n) / d parameters with the weights that
/// weigh(log_prob, weights) writes, and returns what that returns. log_prob: zeros before.
template <class Flow, class T>
double pull_back_weighted(const Flow& flow, ConstTile<T> input, Pass<T>& pass, const Sums& log_prob,
                          ParameterGradient<T> gradient, FunctionRef<double(const Sums&, Row<T>)> weigh) {
  const Tile<T> input_gradient = pass.arena.template tile<T>(input.rows(), input.cols());
  const Row<T> weights = pass.arena.template row<T>(input.cols());
  using Cache = cache_t<Flow, T>;
  Cache cache{};
  flow.log_prob(DensityEvaluation<T, Cache>{input, log_prob, cache, pass});
  const double share = weigh(log_prob, weights);
  flow.log_prob_pullback(DensityPullback<T, Cache>{input, weights, input_gradient, gradient, cache, pass});
  return share;
}

/// total = sum_n w_n d ln q(x_n) / d parameters over a batch of `events`. weigh(at, log_prob, weights), called once for
/// each tile, knows ln q of its events in nats, writes their w_n and returns what the tile adds to the loss; all of
/// that is returned. The flow may hold a context for the events.
template <class Flow>
double weighted_gradient(const Flow& flow, Index events, LoadTile<Flow> load,
                         ParameterGradient<typename Flow::Scalar> total, Workspace& workspace, WeighTile<Flow> weigh) {
  using T = typename Flow::Scalar;
  return sum_gradient<T>(events, total, workspace, [&](const TileOfBatch& at, ParameterGradient<T> gradient) {
    const ConstTile<T> input = load(at);
    const Sums log_prob = at.arena.sums(at.count);
    Pass<T> pass = pass_for(flow, at, true);
    return pull_back_weighted<Flow, T>(flow, input, pass, log_prob, gradient,
                                       [&](const Sums& log_q, Row<T> weights) { return weigh(at, log_q, weights); });
  });
}

/// ln q of the events of a batch, without a gradient: the sum of what read(at, log_prob) returns for its tiles.
template <class Flow>
double sum_over_densities(const Flow& flow, Index events, LoadTile<Flow> load, Workspace& workspace, ReadTile read) {
  using T = typename Flow::Scalar;
  GroupSums sums;
  for_each_tile_of_groups(events, workspace, [&](const TileOfBatch& at) {
    const ConstTile<T> input = load(at);
    const Sums log_prob = at.arena.sums(at.count);
    using Cache = cache_t<Flow, T>;
    Cache cache{};
    Pass<T> pass = pass_for(flow, at, false);
    flow.log_prob(DensityEvaluation<T, Cache>{input, log_prob, cache, pass});
    sums[at.group] += read(at, log_prob);
  });
  return sums.total();
}

}  // namespace bijou::detail

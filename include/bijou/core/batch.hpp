#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/maps.hpp>
#include <bijou/numerics/parallel.hpp>
#include <algorithm>
#include <type_traits>
#include <utility>

/// The door between the public layout, one event per column, and the tiles inside.
namespace bijou {

namespace detail {

/// Events per tile: the activations of a few hundred units stay in the second-level cache, and each weight that is
/// loaded serves many events.
inline constexpr Index tile_events = 128;

/// Calls body(first, count) for consecutive tiles of a batch. The partition depends on the batch alone.
template <class Body>
void for_each_tile(Index events, Body&& body) {
  for (Index first = 0; first < events; first += tile_events) body(first, (std::min)(tile_events, events - first));
}

/// In how many groups of consecutive tiles a batch is cut. It depends on the batch alone, never on the number of
/// threads: a group is what one thread does in one piece.
inline constexpr Index most_groups = 24;
inline Index groups_of(Index events) {
  return std::clamp<Index>((events + tile_events - 1) / tile_events, 1, most_groups);
}

/// The same for sums over the batch that each group takes in an array of its own: fewer, since these have to be added.
inline Index summing_groups_of(Index events) {
  const Index tiles = (events + tile_events - 1) / tile_events;
  return std::clamp<Index>(tiles / 2, std::clamp<Index>(tiles, 1, 2), 8);
}

/// Calls body(group, first, count, arena, threads) for the tiles of the groups first_group, ..., last_group - 1, on the
/// threads of the workspace: groups in any order, the tiles of a group one after the other in one thread. A batch of
/// one group leaves the threads to its body.
template <class Body>
void for_each_tile(Index events, Index groups, Index first_group, Index last_group, Workspace& workspace, Body&& body) {
  const Index tiles = (events + tile_events - 1) / tile_events;
  const auto team = static_cast<int>(std::min<Index>(last_group - first_group, workspace.threads()));
  workspace.arena(static_cast<std::size_t>(team));  // makes them all, before threads start
  parallel_for(last_group - first_group, workspace.threads(), [&](Index i, int thread) {
    const Index group = first_group + i;
    for (Index t = group * tiles / groups; t < (group + 1) * tiles / groups; ++t) {
      body(group, t * tile_events, (std::min)(tile_events, events - t * tile_events),
           workspace.arena(static_cast<std::size_t>(thread + 1)), groups == 1 ? workspace.threads() : 1);
    }
  });
  workspace.even_out(team);
}

/// The same for all groups of a batch.
template <class Body>
void for_each_tile(Index events, Workspace& workspace, Body&& body) {
  const Index groups = groups_of(events);
  for_each_tile(events, groups, 0, groups, workspace, std::forward<Body>(body));
}

template <class X>
inline constexpr bool is_single_event = X::ColsAtCompileTime == 1;

/// One number per event: a vector, or a scalar for a single event.
template <class T, class X>
using per_event_t = std::conditional_t<is_single_event<X>, T, Eigen::Vector<T, Eigen::Dynamic>>;

/// A D x N matrix like the batch X.
template <class T, int D, class X>
using events_t = Eigen::Matrix<T, (D == Eigen::Dynamic ? X::RowsAtCompileTime : D), X::ColsAtCompileTime>;

template <class T, class X>
per_event_t<T, X> make_per_event(Index n) {
  if constexpr (is_single_event<X>)
    return T(0);
  else
    return per_event_t<T, X>(n);
}

template <class T>
T& entry(Eigen::Vector<T, Eigen::Dynamic>& values, Index n) {
  return values(n);
}
template <class T>
T& entry(T& value, Index) {
  return value;
}

/// The scalar in which B treats a batch of type X.
template <class B, class X>
using working_scalar_t = std::conditional_t<std::is_same_v<scalar_t<B>, AnyScalar>, typename X::Scalar, scalar_t<B>>;

/// Refuses a batch of the wrong scalar at compile time, one of the wrong number of rows by an exception.
template <class B, class X>
void require_events(const B& b, const Eigen::DenseBase<X>& events) {
  static_assert(takes_scalar<B, typename X::Scalar>,
                "the events have another scalar type than the flow: convert them with events.cast<Scalar>()");
  static_assert(B::static_event_size == Eigen::Dynamic || X::RowsAtCompileTime == Eigen::Dynamic ||
                    B::static_event_size == X::RowsAtCompileTime,
                "the events have another number of rows than the flow: pass one event per column, D x N");
  if (const Index size = event_size(b); size != Eigen::Dynamic) require_rows(name_of<B>(), size, events.rows());
}

/// The batch itself if it lies in memory, otherwise its values.
template <class X>
decltype(auto) in_memory(const Eigen::DenseBase<X>& events) {
  if constexpr (bool(X::Flags & Eigen::DirectAccessBit))
    return events.derived();
  else
    return events.derived().eval();
}

/// Columns first, ..., first + count - 1 of a batch as a tile in the arena.
template <class T, class X>
Tile<T> load_events(const Eigen::DenseBase<X>& events, Index first, Index count, Arena& arena) {
  Tile<T> tile = arena.tile<T>(events.rows(), count);
  for (Index n = 0; n < count; ++n) {
    for (Index i = 0; i < events.rows(); ++i) tile(i, n) = events.derived().coeff(i, first + n);
  }
  return tile;
}

template <class T, class X>
void store_events(Tile<T> tile, Eigen::DenseBase<X>& events, Index first) {
  for (Index n = 0; n < tile.cols(); ++n) {
    for (Index i = 0; i < tile.rows(); ++i) events.derived().coeffRef(i, first + n) = tile(i, n);
  }
}

}  // namespace detail

/// Events and the log-det of the map that made them: one number for each, in nats.
template <class Events, class LogDet>
struct ValueAndLogDet {
  Events value;
  LogDet log_det;
};

/// What comes back through a map: the gradient for its input, D x N, and for its parameters, flat in the order of the
/// list.
template <class Events, class T>
struct Gradients {
  Events input;
  Eigen::Vector<T, Eigen::Dynamic> parameters;
};

namespace detail {

template <class Direction, class B, class X>
auto value_and_log_det(const B& b, const Eigen::DenseBase<X>& input) {
  using T = working_scalar_t<B, X>;
  static_assert(Bijector<B>, "not a Bijector: see bijou/core/concepts.hpp for the expressions that it needs");
  require_events(b, input);
  const auto& events = in_memory(input);
  ValueAndLogDet<events_t<T, B::static_event_size, X>, per_event_t<T, X>> result{
      events_t<T, B::static_event_size, X>(input.rows(), input.cols()), make_per_event<T, X>(input.cols())};
  Arena arena;
  for_each_tile(input.cols(), [&](Index first, Index count) {
    const Arena::Frame frame(arena);
    Tile<T> in = load_events<T>(events, first, count, arena);
    Tile<T> out = arena.tile<T>(in.rows(), count);
    Row<T> log_det = arena.row<T>(count);
    log_det.setZero();
    cache_t<B, T> cache{};
    Pass<T> pass{arena};
    Direction::apply(b, as_const(in), out, log_det, cache, pass);
    store_events(out, result.value, first);
    for (Index n = 0; n < count; ++n) entry<T>(result.log_det, first + n) = log_det(n);
  });
  return result;
}

template <class Direction, class B, class X, class G, class L>
auto pullback(const B& b, const Eigen::DenseBase<X>& input, const Eigen::DenseBase<G>& output_gradient,
              const Eigen::DenseBase<L>& log_det_gradient) {
  using T = working_scalar_t<B, X>;
  static_assert(Bijector<B>, "not a Bijector: see bijou/core/concepts.hpp for the expressions that it needs");
  require_events(b, input);
  if (output_gradient.rows() != input.rows() || output_gradient.cols() != input.cols()) {
    throw_invalid_argument(name_of<B>(), "the gradient for the output must have the shape of the input");
  }
  require_size(name_of<B>(), "a gradient for the log-det", input.cols(), log_det_gradient.size());
  const Eigen::Vector<T, Eigen::Dynamic> log_det_weights = log_det_gradient.derived().reshaped();
  const auto& events = in_memory(input);
  const auto& weights = in_memory(output_gradient);
  Gradients<events_t<T, B::static_event_size, X>, T> result{
      events_t<T, B::static_event_size, X>(input.rows(), input.cols()),
      Eigen::Vector<T, Eigen::Dynamic>::Zero(parameter_count(b))};
  ParameterGradient<T> gradient(result.parameters.data(), result.parameters.size());
  Arena arena;
  for_each_tile(input.cols(), [&](Index first, Index count) {
    const Arena::Frame frame(arena);
    Tile<T> in = load_events<T>(events, first, count, arena);
    Tile<T> out = arena.tile<T>(in.rows(), count);
    Tile<T> out_gradient = load_events<T>(weights, first, count, arena);
    Tile<T> in_gradient = arena.tile<T>(in.rows(), count);
    Row<T> log_det = arena.row<T>(count);
    log_det.setZero();
    Row<T> weight = arena.row<T>(count);
    weight = log_det_weights.segment(first, count).array().transpose();
    cache_t<B, T> cache{};
    Pass<T> pass{arena, true};
    Direction::apply(b, as_const(in), out, log_det, cache, pass);
    Direction::pullback(b, as_const(in), as_const(out), as_const(out_gradient), as_const(weight), in_gradient, gradient,
                        cache, pass);
    store_events(in_gradient, result.input, first);
  });
  return result;
}

}  // namespace detail

/// x = f(z) for each column of z, with log|det df/dz|: {value, log_det}.
template <class B, class Z>
auto forward_and_log_det(const B& b, const Eigen::DenseBase<Z>& z) {
  return detail::value_and_log_det<detail::Forward>(b, z);
}

/// z = f^-1(x) for each column of x, with log|det df^-1/dx|: {value, log_det}.
template <class B, class X>
auto inverse_and_log_det(const B& b, const Eigen::DenseBase<X>& x) {
  return detail::value_and_log_det<detail::Inverse>(b, x);
}

template <class B, class Z>
auto forward(const B& b, const Eigen::DenseBase<Z>& z) {
  return forward_and_log_det(b, z).value;
}

template <class B, class X>
auto inverse(const B& b, const Eigen::DenseBase<X>& x) {
  return inverse_and_log_det(b, x).value;
}

template <class B, class Z>
auto forward_log_det(const B& b, const Eigen::DenseBase<Z>& z) {
  return forward_and_log_det(b, z).log_det;
}

template <class B, class X>
auto inverse_log_det(const B& b, const Eigen::DenseBase<X>& x) {
  return inverse_and_log_det(b, x).log_det;
}

/// Gradients of L(x, log_det) with x, log_det = forward_and_log_det(z), given dL/dx (D x N) and dL/dlog_det (N).
template <class B, class Z, class G, class L>
auto forward_pullback(const B& b, const Eigen::DenseBase<Z>& z, const Eigen::DenseBase<G>& x_gradient,
                      const Eigen::DenseBase<L>& log_det_gradient) {
  return detail::pullback<detail::Forward>(b, z, x_gradient, log_det_gradient);
}

/// Gradients of L(z, log_det) with z, log_det = inverse_and_log_det(x), given dL/dz (D x N) and dL/dlog_det (N).
template <class B, class X, class G, class L>
auto inverse_pullback(const B& b, const Eigen::DenseBase<X>& x, const Eigen::DenseBase<G>& z_gradient,
                      const Eigen::DenseBase<L>& log_det_gradient) {
  return detail::pullback<detail::Inverse>(b, x, z_gradient, log_det_gradient);
}

}  // namespace bijou

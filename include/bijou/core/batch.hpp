#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/core/in_memory.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/numerics/parallel.hpp>
#include <algorithm>
#include <type_traits>
#include <utility>

/// Converts between batches (D x N, one event per column, any Eigen expression) and tiles (row-major D x n,
/// n <= tile_events), and says how a batch is cut.
namespace bijou::detail {

/// Events per tile: the activations of a few hundred units stay in the second-level cache, and each weight that is
/// loaded serves many events.
inline constexpr Index tile_events = 128;

inline Index tiles_of(Index events) { return (events + tile_events - 1) / tile_events; }

/// In how many groups of consecutive tiles a batch is cut. It depends on the batch alone, never on the number of
/// threads: a group is what one thread does in one piece.
inline constexpr Index most_groups = 24;
inline Index groups_of(Index events) { return std::clamp<Index>(tiles_of(events), 1, most_groups); }

/// Groups for a reduction over the batch (nll_gradient): clamp(tiles / 2, min(tiles, 2), 8). Every group but the first
/// needs an array of parameter_count() numbers, hence fewer than groups_of().
inline Index summing_groups_of(Index events) {
  const Index tiles = tiles_of(events);
  return std::clamp<Index>(tiles / 2, std::clamp<Index>(tiles, 1, 2), 8);
}

/// A tile's place in its batch, and with what it is computed.
struct TileOfBatch {
  Index group;
  Index first;  // its first event
  Index count;
  Arena& arena;
  int threads;  // for the work inside the tile: more than one if the batch is a single group
};

/// Calls body(tile) for consecutive tiles of a batch, in order, in this thread.
inline void for_each_tile(Index events, Arena& arena, FunctionRef<void(const TileOfBatch&)> body) {
  for (Index first = 0; first < events; first += tile_events) {
    const Arena::Frame frame(arena);
    body(TileOfBatch{0, first, (std::min)(tile_events, events - first), arena, 1});
  }
}

/// Calls body(tile) for the tiles of the groups first_group, ..., last_group - 1 of `groups`, on the threads of the
/// workspace: groups in any order, the tiles of a group one after the other in one thread.
inline void for_each_tile_of_groups(Index events, Index groups, Index first_group, Index last_group,
                                    Workspace& workspace, FunctionRef<void(const TileOfBatch&)> body) {
  const Index tiles = tiles_of(events);
  const auto team = static_cast<int>(std::min<Index>(last_group - first_group, workspace.threads()));
  WorkspaceAccess::arena(workspace, team);  // makes them all, before threads start
  parallel_for(last_group - first_group, workspace.threads(), [&](Index i, int thread) {
    const Index group = first_group + i;
    Arena& arena = WorkspaceAccess::arena(workspace, thread + 1);
    for (Index t = group * tiles / groups; t < (group + 1) * tiles / groups; ++t) {
      const Arena::Frame frame(arena);
      body(TileOfBatch{group, t * tile_events, (std::min)(tile_events, events - t * tile_events), arena,
                       groups == 1 ? workspace.threads() : 1});
    }
  });
  WorkspaceAccess::reserve_alike(workspace, team);
}

/// The same for all groups of a batch.
inline void for_each_tile_of_groups(Index events, Workspace& workspace, FunctionRef<void(const TileOfBatch&)> body) {
  const Index groups = groups_of(events);
  for_each_tile_of_groups(events, groups, 0, groups, workspace, body);
}

template <class D>
void takes_expression(const Eigen::DenseBase<D>&);

// Not is_base_of: a segment of a vector is derived from another type's DenseBase.
template <class X>
concept EigenExpression = requires(const std::remove_cvref_t<X>& x) { takes_expression(x); };

/// Whether a function that returns R returns the numbers, by value or by reference: a Matrix or an Array. An expression
/// refers to objects that may end with the function.
template <class R>
inline constexpr bool returns_numbers =
    std::is_base_of_v<Eigen::PlainObjectBase<std::remove_cvref_t<R>>, std::remove_cvref_t<R>>;

/// What results can be written into: a matrix, a vector, a block or a map of one, also a temporary of these.
template <class X>
concept WritableExpression = EigenExpression<X> && bool(std::remove_cvref_t<X>::Flags & Eigen::LvalueBit) &&
                             !std::is_const_v<std::remove_reference_t<X>>;

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

/// Where the number of the first event lies.
template <class T>
T* numbers_of_events(T& result) {
  return &result;
}
template <class T>
T* numbers_of_events(Eigen::Vector<T, Eigen::Dynamic>& results) {
  return results.data();
}

/// Refuses a batch of the wrong scalar at compile time, one of the wrong number of rows by an exception. `auto`, so
/// that compilers look inside when they see the call, and their first error is a sentence from here.
template <class B, class X>
auto require_events(std::string_view caller, const B& b, const Eigen::DenseBase<X>& events) {
  static_assert(takes_scalar<B, typename X::Scalar>,
                "the events have another scalar type than the flow: convert them with events.cast<Scalar>()");
  static_assert(B::static_event_size == Eigen::Dynamic || X::RowsAtCompileTime == Eigen::Dynamic ||
                    B::static_event_size == X::RowsAtCompileTime,
                "the events have another number of rows than the flow: pass one event per column, D x N");
  if (const Index size = event_size(b); size != any_size) require_rows(caller, size, events.rows());
}

/// Columns of the caller's, one after the other in memory.
template <class T>
using ColumnsView = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>, 0, Eigen::OuterStride<>>;

template <class X>
ColumnsView<typename X::Scalar> columns_of(const X& x) {
  return {x.data(), x.rows(), x.cols(), Eigen::OuterStride<>(x.colStride())};
}

/// Columns in memory one after the other, copied if they are not.
template <class T, int Rows = Eigen::Dynamic>
using Columns = Eigen::Ref<const Eigen::Matrix<T, Rows, Eigen::Dynamic>>;

/// A batch in memory whatever its type, so that what works on it is compiled once for each scalar.
template <class T>
using BatchView =
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
template <class T>
using ConstBatchView = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>, 0,
                                  Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

template <class T>
ConstBatchView<T> no_batch() {
  return {nullptr, 0, 0, {0, 0}};
}

template <class X>
ConstBatchView<typename X::Scalar> view_of(const X& x) {
  return {x.data(), x.rows(), x.cols(), {x.colStride(), x.rowStride()}};
}
template <class X>
BatchView<typename X::Scalar> view_of(X& x) {
  return {x.data(), x.rows(), x.cols(), {x.colStride(), x.rowStride()}};
}

/// Columns first, ..., first + count - 1 of a batch as a tile in the arena.
template <class T, class X>
Tile<T> load_events(const Eigen::DenseBase<X>& events, const TileOfBatch& at) {
  Tile<T> tile = at.arena.template tile<T>(events.rows(), at.count);
  for (Index n = 0; n < at.count; ++n) {
    for (Index i = 0; i < events.rows(); ++i) tile(i, n) = events.derived().coeff(i, at.first + n);
  }
  return tile;
}

/// Calls copy(number of the batch, number of the tile) for so many events that begin at `batch`. Rows: their number if
/// it is small and nothing lies between the numbers, which makes shuffles of it, or Eigen::Dynamic.
template <int Rows, class U, class V, class Copy>
void for_each_number(const Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>& strides, U* batch, V* tile, Index rows,
                     Index stride, Index events, Copy copy) {
  const Index outer = Rows == Eigen::Dynamic ? strides.outer() : Rows;
  const Index inner = Rows == Eigen::Dynamic ? strides.inner() : 1;
  if (Rows != Eigen::Dynamic) rows = Rows;
  for (Index n = 0; n < events; ++n) {
    for (Index i = 0; i < rows; ++i) copy(batch[n * outer + i * inner], tile[i * stride + n]);
  }
}
template <class U, class V, class Copy>
void for_each_number(const Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>& strides, U* batch, V* tile, Index rows,
                     Index stride, Index events, Copy copy) {
  switch (strides.inner() == 1 && strides.outer() == rows ? rows : 0) {
    case 1:
      return for_each_number<1>(strides, batch, tile, rows, stride, events, copy);
    case 2:
      return for_each_number<2>(strides, batch, tile, rows, stride, events, copy);
    case 3:
      return for_each_number<3>(strides, batch, tile, rows, stride, events, copy);
    case 4:
      return for_each_number<4>(strides, batch, tile, rows, stride, events, copy);
    default:
      return for_each_number<Eigen::Dynamic>(strides, batch, tile, rows, stride, events, copy);
  }
}

/// The same of a view, compiled once for each scalar.
template <class T>
Tile<T> load_events(const ConstBatchView<T>& events, const TileOfBatch& at) {
  Tile<T> tile = at.arena.template tile<T>(events.rows(), at.count);
  for_each_number({events.outerStride(), events.innerStride()}, events.data() + at.first * events.outerStride(),
                  tile.data(), tile.rows(), tile.outerStride(), at.count, [](T from, T& to) { to = from; });
  return tile;
}
template <class T>
void store_events(ConstTile<T> tile, BatchView<T> events, const TileOfBatch& at) {
  for_each_number({events.outerStride(), events.innerStride()}, events.data() + at.first * events.outerStride(),
                  tile.data(), tile.rows(), tile.outerStride(), at.count, [](T& to, T from) { to = from; });
}

/// A tile of `count` columns like the first one of `from`.
template <class T, class From>
Tile<T> repeat_column(const From& from, Index count, Arena& arena) {
  const Tile<T> tile = arena.template tile<T>(from.rows(), count);
  for (Index i = 0; i < tile.rows(); ++i) tile.row(i).setConstant(from(i, 0));
  return tile;
}

template <class T, class X>
void store_events(ConstTile<T> tile, Eigen::DenseBase<X>& events, const TileOfBatch& at) {
  for (Index n = 0; n < tile.cols(); ++n) {
    for (Index i = 0; i < tile.rows(); ++i) events.derived().coeffRef(i, at.first + n) = tile(i, n);
  }
}

}  // namespace bijou::detail

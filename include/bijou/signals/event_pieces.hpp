#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/pass.hpp>
#include <bijou/signals/panel.hpp>
#include <algorithm>
#include <string_view>

/// A tile of large signals in pieces of some events, so that what a network keeps of a piece between two of its layers
/// stays in the second-level cache.
namespace bijou::detail {

/// How many events at a time a network takes that has so many numbers of each event at work: at least 32, in whole
/// packets.
template <class T>
Index events_at_once(Index numbers) {
  constexpr Index cache = Index{1} << 20;  // bytes of the second-level cache
  constexpr Index least = 32;
  return (std::max)(Index{1}, cache / (numbers * static_cast<Index>(sizeof(T))) / least) * least;
}

/// What a network keeps of a tile: a Piece for each piece.
template <class Piece>
struct PiecesCache {
  Piece* pieces = nullptr;
};

/// Refuses a pass whose context has another number of rows than a network reads.
template <class T>
void require_context(std::string_view caller, Index rows, const Pass<T>& pass) {
  if (rows > 0 && pass.context.rows() != rows)
    throw_invalid_argument(caller, "expected a context of ", rows, " rows, got ", pass.context.rows());
}

/// The pass for some of its events.
template <class T>
Pass<T> pass_of_events(const Pass<T>& pass, Index first, Index count) {
  Pass<T> piece = pass;
  if (pass.context.rows() > 0) piece.context.rebind(columns(pass.context, first, count));
  if (pass.context_gradient.rows() > 0) {
    piece.context_gradient.rebind(columns(pass.context_gradient, first, count));
  }
  return piece;
}

/// Calls body(evaluation with a Piece for its cache) for each piece.
template <class Piece, class T, class Body>
void evaluate_in_pieces(ConditionerEvaluation<T, PiecesCache<Piece>>& e, Index at_once, Body body) {
  Arena& arena = e.pass.arena;
  const Index events = e.input.cols();
  if (e.pass.keep_for_pullback) e.cache.pieces = arena.template objects<Piece>((events + at_once - 1) / at_once);
  const auto evaluate = [&](Index first, Piece& piece) {
    const Index count = (std::min)(at_once, events - first);
    Pass<T> pass = pass_of_events(e.pass, first, count);
    body(ConditionerEvaluation<T, Piece>{columns(e.input, first, count), columns(e.output, first, count), piece, pass});
  };
  for (Index first = 0; first < events; first += at_once) {
    if (e.pass.keep_for_pullback) {
      evaluate(first, e.cache.pieces[first / at_once]);
    } else {
      const Arena::Frame frame(arena);
      Piece piece{};
      evaluate(first, piece);
    }
  }
}

/// Calls body(pullback with a Piece for its cache) for each piece.
template <class Piece, class T, class Body>
void pull_back_in_pieces(ConditionerPullback<T, PiecesCache<Piece>>& p, Index at_once, Body body) {
  const Index events = p.output_gradient.cols();
  for (Index first = 0; first < events; first += at_once) {
    const Arena::Frame frame(p.pass.arena);
    const Index count = (std::min)(at_once, events - first);
    Pass<T> pass = pass_of_events(p.pass, first, count);
    body(ConditionerPullback<T, Piece>{columns(p.output_gradient, first, count),
                                       columns(p.input_gradient, first, count), p.parameter_gradient,
                                       p.cache.pieces[first / at_once], pass});
  }
}

}  // namespace bijou::detail

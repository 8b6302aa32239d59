#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/core/arena.hpp>
#include <algorithm>
#include <optional>
#include <type_traits>

/// How a chain runs its members one after the other, forward and backward, whatever holds them. A chain has
///   length()                  the number of members, at least 1
///   visit(i, cache, f)        calls f(member i, what member i keeps)
/// and a cache with a member `outputs`, the tiles between the members of a pass that is kept.
namespace bijou::detail {

/// The member that runs as number `step`: forward starts at the last one.
template <class Direction>
constexpr Index position(Index step, Index length) {
  return std::is_same_v<Direction, Forward> ? length - 1 - step : step;
}

/// output = the members' maps of `input` one after the other. When no pullback will follow, two tiles are used in turn
/// and each member gives back its memory before the next one runs, so that memory does not grow with the length.
template <class Direction, class Chain, class T, class Cache>
void run(const Chain& chain, Evaluation<T, Cache> e) {
  Arena& arena = e.pass.arena;
  const Index length = chain.length();
  const bool keep = e.pass.keep_for_pullback;
  const Index tiles = keep ? length - 1 : std::min<Index>(length - 1, 2);
  e.cache.outputs = arena.template objects<Tile<T>>(tiles);
  for (Index i = 0; i < tiles; ++i) {
    e.cache.outputs[i].rebind(arena.template tile<T>(e.input.rows(), e.input.cols()));
  }
  ConstTile<T> input = e.input;
  for (Index s = 0; s < length; ++s) {
    const Tile<T> output = s + 1 == length ? e.output : e.cache.outputs[keep ? s : s % 2];
    std::optional<Arena::Frame> frame;
    if (!keep) frame.emplace(arena);
    chain.visit(position<Direction>(s, length), e.cache, [&]<class B, class C>(const B& member, C& cache) {
      Direction::apply(member, Evaluation<T, C>{input, output, e.log_det, cache, e.pass});
    });
    input.rebind(output);
  }
}

/// The pullback of run. Gradients take two tiles in turn; p.input_gradient is one of them, such that the first step
/// writes its result there.
template <class Direction, class Chain, class T, class Cache>
void run_pullback(const Chain& chain, Pullback<T, Cache> p) {
  Arena& arena = p.pass.arena;
  const Index length = chain.length();
  const Arena::Frame frame(arena);
  const Tile<T> other = arena.template tile<T>(p.input.rows(), p.input.cols());
  // The parameters of a chain lie in the order of its members, which a pass goes through from either end.
  constexpr bool from_front = std::is_same_v<Direction, Forward>;
  T* at = p.parameter_gradient.data() + (from_front ? 0 : p.parameter_gradient.size());
  ConstTile<T> gradient = p.output_gradient;
  for (Index s = length - 1; s >= 0; --s) {
    const Arena::Frame inner(arena);
    const Tile<T> next = s % 2 == 0 ? p.input_gradient : other;
    const ConstTile<T> input = s == 0 ? p.input : ConstTile<T>(p.cache.outputs[s - 1]);
    const ConstTile<T> output = s + 1 == length ? p.output : ConstTile<T>(p.cache.outputs[s]);
    chain.visit(position<Direction>(s, length), p.cache, [&]<class B, class C>(const B& member, C& cache) {
      const Index count = p.parameter_gradient.size() > 0 ? parameter_count(member) : 0;
      if (!from_front) at -= count;
      Direction::pullback(member, Pullback<T, C>{input, output, gradient, p.log_det_gradient, next,
                                                 ParameterGradient<T>(at, count), cache, p.pass});
      if (from_front) at += count;
    });
    gradient.rebind(next);
  }
}

/// What learns from data in the members does so, from the data side on. visit(i, f) calls f(member i). Members behind
/// the last one that learns are not evaluated.
template <class Chain, class T, class Visit>
void initialize_in_turn(Chain& chain, const LearningBatch<T>& batch, Visit visit) {
  Index end = 0;
  for (Index i = 0; i < chain.length(); ++i) {
    visit(i, [&](auto& member) { end = learns_from(member, batch) ? i + 1 : end; });
  }
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> z;
  for (Index i = 0; i < end; ++i) {
    const LearningBatch<T> at = i == 0 ? batch : LearningBatch<T>{columns_of(z), batch.contexts, batch.is_epoch};
    visit(i, [&](auto& member) {
      initialize_part(member, at);
      if (i + 1 < end) z = inverse_of(member, at);
    });
  }
}

}  // namespace bijou::detail

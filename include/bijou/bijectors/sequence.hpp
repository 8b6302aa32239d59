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

/// Forward, a chain runs from its last member to its first.
template <class Direction>
inline constexpr bool runs_from_last = std::is_same_v<Direction, Forward>;

/// The member that runs as number `step`.
template <bool FromLast>
constexpr Index position(Index step, Index length) {
  return FromLast ? length - 1 - step : step;
}

/// output = the members' maps of `input` one after the other. When no pullback will follow, two tiles are used in turn
/// and each member gives back its memory before the next one runs, so that memory does not grow with the length.
/// apply(i, member, evaluation) runs member i.
template <bool FromLast, class Chain, class T, class Cache, class Apply>
void run_members(const Chain& chain, Evaluation<T, Cache> e, Apply apply) {
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
    const Index i = position<FromLast>(s, length);
    chain.visit(i, e.cache, [&]<class B, class C>(const B& member, C& cache) {
      apply(i, member, Evaluation<T, C>{input, output, e.log_det, cache, e.pass});
    });
    input.rebind(output);
  }
}

/// The same of a chain of bijectors.
template <class Direction, class Chain, class T, class Cache>
void run(const Chain& chain, Evaluation<T, Cache> e) {
  run_members<runs_from_last<Direction>>(
      chain, e, [](Index, const auto& member, auto evaluation) { Direction::apply(member, evaluation); });
}

/// The pullback of run_members. Gradients take two tiles in turn; p.input_gradient is one of them, such that the first
/// step writes its result there. pull_back(i, member, pullback) runs that of member i.
template <bool FromLast, class Chain, class T, class Cache, class PullBack>
void run_members_pullback(const Chain& chain, Pullback<T, Cache> p, PullBack pull_back) {
  Arena& arena = p.pass.arena;
  const Index length = chain.length();
  const Arena::Frame frame(arena);
  const Tile<T> other = arena.template tile<T>(p.input.rows(), p.input.cols());
  // The parameters of a chain lie in the order of its members, which a pass goes through from either end.
  T* at = p.parameter_gradient.data() + (FromLast ? 0 : p.parameter_gradient.size());
  ConstTile<T> gradient = p.output_gradient;
  for (Index s = length - 1; s >= 0; --s) {
    const Arena::Frame inner(arena);
    const Tile<T> next = s % 2 == 0 ? p.input_gradient : other;
    const ConstTile<T> input = s == 0 ? p.input : ConstTile<T>(p.cache.outputs[s - 1]);
    const ConstTile<T> output = s + 1 == length ? p.output : ConstTile<T>(p.cache.outputs[s]);
    const Index i = position<FromLast>(s, length);
    chain.visit(i, p.cache, [&]<class B, class C>(const B& member, C& cache) {
      const Index count = p.parameter_gradient.size() > 0 ? parameter_count(member) : 0;
      if (!FromLast) at -= count;
      pull_back(i, member,
                Pullback<T, C>{input, output, gradient, p.log_det_gradient, next, ParameterGradient<T>(at, count),
                               cache, p.pass});
      if (FromLast) at += count;
    });
    gradient.rebind(next);
  }
}

/// The same of a chain of bijectors.
template <class Direction, class Chain, class T, class Cache>
void run_pullback(const Chain& chain, Pullback<T, Cache> p) {
  run_members_pullback<runs_from_last<Direction>>(
      chain, p, [](Index, const auto& member, auto pullback) { Direction::pullback(member, pullback); });
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
    const LearningBatch<T> at =
        i == 0 ? batch : LearningBatch<T>{columns_of(z), batch.contexts, batch.is_epoch, batch.ranks};
    visit(i, [&](auto& member) {
      initialize_part(member, at);
      if (i + 1 < end) z = inverse_of(member, at);
    });
  }
}

}  // namespace bijou::detail

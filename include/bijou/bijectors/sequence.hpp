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
inline Index position(bool from_last, Index step, Index length) { return from_last ? length - 1 - step : step; }

/// output = the members' maps of `input` one after the other: run(i, input, output) for each. When no pullback will
/// follow, two tiles are used in turn and each member gives back its memory before the next one runs, so that memory
/// does not grow with the length. outputs: set to the tiles between the members.
template <class T>
void run_in_turn(bool from_last, Index length, ConstTile<T> input, const Tile<T>& output, Pass<T>& pass,
                 Tile<T>*& outputs, FunctionRef<void(Index, const ConstTile<T>&, const Tile<T>&)> run) {
  Arena& arena = pass.arena;
  const bool keep = pass.keep_for_pullback;
  const Index tiles = keep ? length - 1 : std::min<Index>(length - 1, 2);
  outputs = arena.template objects<Tile<T>>(tiles);
  for (Index i = 0; i < tiles; ++i) outputs[i].rebind(arena.template tile<T>(input.rows(), input.cols()));
  for (Index s = 0; s < length; ++s) {
    const Tile<T> next = s + 1 == length ? output : outputs[keep ? s : s % 2];
    std::optional<Arena::Frame> frame;
    if (!keep) frame.emplace(arena);
    run(position(from_last, s, length), input, next);
    input.rebind(next);
  }
}

/// apply(i, member, evaluation) runs member i.
template <bool FromLast, class Chain, class T, class Cache, class Apply>
void run_members(const Chain& chain, Evaluation<T, Cache> e, Apply apply) {
  run_in_turn<T>(FromLast, chain.length(), e.input, e.output, e.pass, e.cache.outputs,
                 [&](Index i, const ConstTile<T>& input, const Tile<T>& output) {
                   chain.visit(i, e.cache, [&]<class B, class C>(const B& member, C& cache) {
                     apply(i, member, Evaluation<T, C>{input, output, e.log_det, cache, e.pass});
                   });
                 });
}

/// The same of a chain of bijectors.
template <class Direction, class Chain, class T, class Cache>
void run(const Chain& chain, Evaluation<T, Cache> e) {
  run_members<runs_from_last<Direction>>(
      chain, e, [](Index, const auto& member, auto evaluation) { Direction::apply(member, evaluation); });
}

/// What goes back through one member of a chain.
template <class T>
struct PullbackStep {
  const ConstTile<T>& input;
  const ConstTile<T>& output;
  const ConstTile<T>& output_gradient;
  const Tile<T>& input_gradient;
};

/// The pullback of run_in_turn. Gradients take two tiles in turn; input_gradient is one of them, such that the first
/// step writes its result there.
template <class T>
void pull_back_in_turn(bool from_last, Index length, const ConstTile<T>& input, const ConstTile<T>& output,
                       const ConstTile<T>& output_gradient, const Tile<T>& input_gradient, const Tile<T>* outputs,
                       Arena& arena, FunctionRef<void(Index, const PullbackStep<T>&)> pull_back) {
  const Arena::Frame frame(arena);
  const Tile<T> other = arena.template tile<T>(input.rows(), input.cols());
  ConstTile<T> gradient = output_gradient;
  for (Index s = length - 1; s >= 0; --s) {
    const Arena::Frame inner(arena);
    const Tile<T> next = s % 2 == 0 ? input_gradient : other;
    const ConstTile<T> in = s == 0 ? input : ConstTile<T>(outputs[s - 1]);
    const ConstTile<T> out = s + 1 == length ? output : ConstTile<T>(outputs[s]);
    pull_back(position(from_last, s, length), {in, out, gradient, next});
    gradient.rebind(next);
  }
}

/// pull_back(i, member, pullback) runs that of member i.
template <bool FromLast, class Chain, class T, class Cache, class PullBack>
void run_members_pullback(const Chain& chain, Pullback<T, Cache> p, PullBack pull_back) {
  // The parameters of a chain lie in the order of its members, which a pass goes through from either end.
  T* at = p.parameter_gradient.data() + (FromLast ? 0 : p.parameter_gradient.size());
  pull_back_in_turn<T>(FromLast, chain.length(), p.input, p.output, p.output_gradient, p.input_gradient,
                       p.cache.outputs, p.pass.arena, [&](Index i, const PullbackStep<T>& step) {
                         chain.visit(i, p.cache, [&]<class B, class C>(const B& member, C& cache) {
                           const Index count = p.parameter_gradient.size() > 0 ? parameter_count(member) : 0;
                           if (!FromLast) at -= count;
                           pull_back(
                               i, member,
                               Pullback<T, C>{step.input, step.output, step.output_gradient, p.log_det_gradient,
                                              step.input_gradient, ParameterGradient<T>(at, count), cache, p.pass});
                           if (FromLast) at += count;
                         });
                       });
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

#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/conditioners/conditioner.hpp>
#include <bijou/numerics/random.hpp>
#include <limits>
#include <random>

#include "support/tolerance.hpp"

/// Passes through bijectors and conditioners on the level of tiles, with matrices outside.
namespace laws {

template <class T>
Matrix<T> normals(Index rows, Index cols, std::mt19937_64& rng) {
  Matrix<T> m(rows, cols);
  for (Index j = 0; j < cols; ++j) {
    for (Index i = 0; i < rows; ++i) m(i, j) = static_cast<T>(bijou::normal(rng));
  }
  return m;
}

/// What tiles hold where a pass must neither read nor rely on it, behind the events of a row and in results: NaN, or
/// what the arena hands out.
enum class Rest { nan, of_arena };

template <class T>
bijou::Tile<T> empty_tile(Index rows, Index cols, bijou::Arena& arena, Rest rest = Rest::nan) {
  const bijou::Tile<T> tile = arena.tile<T>(rows, cols);
  if (rest == Rest::nan) {
    std::fill_n(tile.data(), rows * tile.outerStride(), std::numeric_limits<T>::quiet_NaN());
  }
  return tile;
}

template <class T>
bijou::Tile<T> tile_of(const Matrix<T>& m, bijou::Arena& arena, Rest rest = Rest::nan) {
  bijou::Tile<T> tile = empty_tile<T>(m.rows(), m.cols(), arena, rest);
  tile = m.array();
  return tile;
}

template <class T>
bijou::Row<T> row_of(const Vector<T>& v, bijou::Arena& arena) {
  bijou::Row<T> row = arena.row<T>(v.size());
  row = v.array().transpose();
  return row;
}

/// What accumulators hold before a pass (empty stands for zero), its context, and what is asked of it.
template <class T>
struct Start {
  Vector<double> log_det{};
  Vector<T> gradient{};
  Matrix<T> context{};
  Matrix<T> context_gradient{};
  bool wants_gradient = true;  // for the parameters
  bool pullback = true;        // or the pass alone
  Rest rest = Rest::nan;
};

template <class V>
V or_zero(const V& v, Index rows, Index cols) {
  return v.size() > 0 ? v : V(V::Zero(rows, cols));
}

template <class T>
struct TilePass {
  Matrix<T> value;
  Vector<double> log_det{};
  Matrix<T> input_gradient{};
  Vector<T> gradient{};
  Matrix<T> context_gradient{};
};

/// A tile with its context, and the gradients that are added to.
template <class T>
struct Surroundings {
  Surroundings(const Start<T>& start, Index parameter_count, bijou::Arena& arena)
      : gradient(or_zero(start.gradient, parameter_count, 1)),
        context_gradient(
            tile_of(or_zero(start.context_gradient, start.context.rows(), start.context.cols()), arena, start.rest)),
        pass{.arena = arena,
             .keep_for_pullback = start.pullback,
             .context = tile_of(start.context, arena, start.rest),
             .context_gradient = context_gradient},
        flat(start.wants_gradient ? gradient.data() : nullptr, start.wants_gradient ? gradient.size() : 0) {}

  Vector<T> gradient;
  bijou::Tile<T> context_gradient;
  bijou::Pass<T> pass;
  bijou::ParameterGradient<T> flat;
};

/// A pass of a bijector in one tile, then its pullback. Direction: bijou::detail::Forward or Inverse.
template <class Direction, class B, class T>
TilePass<T> run_tile(const B& b, const Matrix<T>& input, const Matrix<T>& output_gradient,
                     const Vector<T>& log_det_gradient, const Start<T>& start, bijou::Arena& arena) {
  using Cache = bijou::detail::cache_t<B, T>;
  const bijou::Arena::Frame frame(arena);
  Surroundings<T> around(start, bijou::parameter_count(b), arena);
  const bijou::Tile<T> in = tile_of(input, arena, start.rest);
  const bijou::Tile<T> out = empty_tile<T>(input.rows(), input.cols(), arena, start.rest);
  bijou::Sums log_det = arena.sums(input.cols());
  log_det += or_zero(start.log_det, input.cols(), 1).transpose();
  Cache cache{};
  Direction::apply(b, bijou::Evaluation<T, Cache>{in, out, log_det, cache, around.pass});
  TilePass<T> result{out.matrix(), log_det.matrix().transpose()};
  if (!start.pullback) return result;
  const bijou::Tile<T> out_gradient = tile_of(output_gradient, arena, start.rest);
  const bijou::Row<T> weight = row_of(log_det_gradient, arena);
  const bijou::Tile<T> in_gradient = empty_tile<T>(input.rows(), input.cols(), arena, start.rest);
  Direction::pullback(
      b, bijou::Pullback<T, Cache>{in, out, out_gradient, weight, in_gradient, around.flat, cache, around.pass});
  result.input_gradient = in_gradient.matrix();
  result.gradient = around.gradient;
  result.context_gradient = around.context_gradient.matrix();
  return result;
}

/// The same for a conditioner, which has no log-det.
template <class C, class T>
TilePass<T> run_conditioner(const C& c, const Matrix<T>& input, const Matrix<T>& output_gradient, const Start<T>& start,
                            bijou::Arena& arena) {
  using Cache = typename C::Cache;
  const bijou::Arena::Frame frame(arena);
  Surroundings<T> around(start, bijou::parameter_count(c), arena);
  const bijou::Tile<T> in = tile_of(input, arena, start.rest);
  const bijou::Tile<T> out = empty_tile<T>(c.output_size(), input.cols(), arena, start.rest);
  Cache cache{};
  c.evaluate(bijou::ConditionerEvaluation<T, Cache>{in, out, cache, around.pass});
  TilePass<T> result{out.matrix()};
  if (!start.pullback) return result;
  const bijou::Tile<T> out_gradient = tile_of(output_gradient, arena, start.rest);
  const bijou::Tile<T> in_gradient = empty_tile<T>(input.rows(), input.cols(), arena, start.rest);
  c.pullback(bijou::ConditionerPullback<T, Cache>{out_gradient, in_gradient, around.flat, cache, around.pass});
  result.input_gradient = in_gradient.matrix();
  result.gradient = around.gradient;
  result.context_gradient = around.context_gradient.matrix();
  return result;
}

/// The outputs of a conditioner.
template <class C, class T>
Matrix<T> evaluate(const C& c, const Matrix<T>& input, const Matrix<T>& context = {}) {
  Start<T> start;
  start.context = context;
  start.pullback = false;
  bijou::Arena arena;
  return run_conditioner(c, input, Matrix<T>(), start, arena).value;
}

/// The same, then its pullback.
template <class C, class T>
TilePass<T> evaluate_and_pull_back(const C& c, const Matrix<T>& input, const Matrix<T>& output_gradient,
                                   const Start<T>& start = {}) {
  bijou::Arena arena;
  return run_conditioner(c, input, output_gradient, start, arena);
}

}  // namespace laws

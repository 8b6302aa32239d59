#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/function_ref.hpp>
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

/// One tile on its way through a bijector or a conditioner, and back.
template <class T>
struct TileInTest {
  bijou::Tile<T> in;
  bijou::Tile<T> out;
  bijou::Sums log_det;
  Surroundings<T>& around;
  bijou::Tile<T> out_gradient{};
  bijou::Row<T> log_det_gradient{};
  bijou::Tile<T> in_gradient{};
};

/// A pass in one tile, then its pullback, whatever makes them.
template <class T>
TilePass<T> run_tile(const Matrix<T>& input, Index output_size, Index parameter_count, const Matrix<T>& output_gradient,
                     const Vector<T>& log_det_gradient, const Start<T>& start, bijou::Arena& arena,
                     bijou::detail::FunctionRef<void(const TileInTest<T>&)> map,
                     bijou::detail::FunctionRef<void(const TileInTest<T>&)> pull_back) {
  const bijou::Arena::Frame frame(arena);
  Surroundings<T> around(start, parameter_count, arena);
  TileInTest<T> tile{tile_of(input, arena, start.rest), empty_tile<T>(output_size, input.cols(), arena, start.rest),
                     arena.sums(input.cols()), around};
  tile.log_det += or_zero(start.log_det, input.cols(), 1).transpose();
  map(tile);
  TilePass<T> result{tile.out.matrix(), tile.log_det.matrix().transpose()};
  if (!start.pullback) return result;
  tile.out_gradient.rebind(tile_of(output_gradient, arena, start.rest));
  new (&tile.log_det_gradient) bijou::Row<T>(row_of(log_det_gradient, arena));
  tile.in_gradient.rebind(empty_tile<T>(input.rows(), input.cols(), arena, start.rest));
  pull_back(tile);
  result.input_gradient = tile.in_gradient.matrix();
  result.gradient = around.gradient;
  result.context_gradient = around.context_gradient.matrix();
  return result;
}

/// The same of a bijector. Direction: bijou::detail::Forward or Inverse.
template <class Direction, class B, class T>
TilePass<T> run_tile(const B& b, const Matrix<T>& input, const Matrix<T>& output_gradient,
                     const Vector<T>& log_det_gradient, const Start<T>& start, bijou::Arena& arena) {
  using Cache = bijou::detail::cache_t<B, T>;
  Cache cache{};
  return run_tile<T>(
      input, input.rows(), bijou::parameter_count(b), output_gradient, log_det_gradient, start, arena,
      [&](const TileInTest<T>& t) {
        Direction::apply(b, bijou::Evaluation<T, Cache>{t.in, t.out, t.log_det, cache, t.around.pass});
      },
      [&](const TileInTest<T>& t) {
        Direction::pullback(b, bijou::Pullback<T, Cache>{t.in, t.out, t.out_gradient, t.log_det_gradient, t.in_gradient,
                                                         t.around.flat, cache, t.around.pass});
      });
}

/// The same of a conditioner, which has no log-det.
template <class C, class T>
TilePass<T> run_conditioner(const C& c, const Matrix<T>& input, const Matrix<T>& output_gradient, const Start<T>& start,
                            bijou::Arena& arena) {
  using Cache = typename C::Cache;
  Cache cache{};
  return run_tile<T>(
      input, c.output_size(), bijou::parameter_count(c), output_gradient, Vector<T>(), start, arena,
      [&](const TileInTest<T>& t) {
        c.evaluate(bijou::ConditionerEvaluation<T, Cache>{t.in, t.out, cache, t.around.pass});
      },
      [&](const TileInTest<T>& t) {
        c.pullback(
            bijou::ConditionerPullback<T, Cache>{t.out_gradient, t.in_gradient, t.around.flat, cache, t.around.pass});
      });
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

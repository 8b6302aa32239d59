#pragma once

#include <bijou/core/batch.hpp>
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

/// A tile with the values of m, and NaN in the lanes behind them.
template <class T>
bijou::Tile<T> tile_of(const Matrix<T>& m, bijou::Arena& arena) {
  bijou::Tile<T> tile = arena.tile<T>(m.rows(), m.cols());
  for (Index i = 0; i < m.rows(); ++i) {
    T* row = tile.data() + i * tile.outerStride();
    std::fill(row, row + tile.outerStride(), std::numeric_limits<T>::quiet_NaN());
    for (Index n = 0; n < m.cols(); ++n) row[n] = m(i, n);
  }
  return tile;
}

template <class T>
bijou::Row<T> row_of(const Vector<T>& v, bijou::Arena& arena) {
  bijou::Row<T> row = arena.row<T>(v.size());
  row = v.array().transpose();
  return row;
}

/// A tile full of NaN, for results that are written, not added.
template <class T>
bijou::Tile<T> blank(Index rows, Index cols, bijou::Arena& arena) {
  return tile_of<T>(Matrix<T>::Constant(rows, cols, std::numeric_limits<T>::quiet_NaN()), arena);
}

/// What accumulators hold before a pass; empty stands for zero.
template <class T>
struct Start {
  Vector<T> log_det{};
  Vector<T> gradient{};
  Matrix<T> context{};
  Matrix<T> context_gradient{};
  bool parameter_gradient = true;
};

template <class T>
Vector<T> or_zero(const Vector<T>& v, Index size) {
  return v.size() > 0 ? v : Vector<T>(Vector<T>::Zero(size));
}
template <class T>
Matrix<T> or_zero(const Matrix<T>& m, const Matrix<T>& like) {
  return m.size() > 0 ? m : Matrix<T>(Matrix<T>::Zero(like.rows(), like.cols()));
}

template <class T>
struct TilePass {
  Matrix<T> value;
  Vector<T> log_det;
  Matrix<T> input_gradient;
  Vector<T> gradient;
  Matrix<T> context_gradient;
};

/// A pass of a bijector in one tile, then its pullback. Direction: bijou::detail::Forward or Inverse.
template <class Direction, class B, class T>
TilePass<T> run_tile(const B& b, const Matrix<T>& input, const Matrix<T>& output_gradient,
                     const Vector<T>& log_det_gradient, const Start<T>& start = {}) {
  using bijou::detail::as_const;
  bijou::Arena arena;
  bijou::Tile<T> in = tile_of(input, arena);
  bijou::Tile<T> out = blank<T>(input.rows(), input.cols(), arena);
  bijou::Row<T> log_det = row_of(or_zero(start.log_det, input.cols()), arena);
  bijou::Tile<T> out_gradient = tile_of(output_gradient, arena);
  bijou::Row<T> weight = row_of(log_det_gradient, arena);
  bijou::Tile<T> in_gradient = blank<T>(input.rows(), input.cols(), arena);
  bijou::Tile<T> context = tile_of(start.context, arena);
  bijou::Tile<T> context_gradient = tile_of(or_zero(start.context_gradient, start.context), arena);
  Vector<T> flat = or_zero(start.gradient, bijou::parameter_count(b));
  bijou::detail::cache_t<B, T> cache{};
  bijou::Pass<T> pass{arena, true, as_const(context), context_gradient, start.parameter_gradient};
  Direction::apply(b, as_const(in), out, log_det, cache, pass);
  const Matrix<T> value = out.matrix();
  Direction::pullback(b, as_const(in), as_const(out), as_const(out_gradient), as_const(weight), in_gradient,
                      bijou::ParameterGradient<T>(flat.data(), flat.size()), cache, pass);
  return {value, log_det.matrix().transpose(), in_gradient.matrix(), flat, context_gradient.matrix()};
}

/// A pass of a conditioner in one tile.
template <class C, class T>
Matrix<T> evaluate(const C& c, const Matrix<T>& input, const Matrix<T>& context = {}) {
  bijou::Arena arena;
  bijou::Tile<T> in = tile_of(input, arena);
  bijou::Tile<T> out = blank<T>(c.output_size(), input.cols(), arena);
  bijou::Tile<T> side = tile_of(context, arena);
  typename C::Cache cache{};
  bijou::Pass<T> pass{arena, false, bijou::detail::as_const(side)};
  c.evaluate(bijou::detail::as_const(in), out, cache, pass);
  return out.matrix();
}

/// The same, then its pullback.
template <class C, class T>
TilePass<T> evaluate_and_pull_back(const C& c, const Matrix<T>& input, const Matrix<T>& output_gradient,
                                   const Start<T>& start = {}) {
  using bijou::detail::as_const;
  bijou::Arena arena;
  bijou::Tile<T> in = tile_of(input, arena);
  bijou::Tile<T> out = blank<T>(c.output_size(), input.cols(), arena);
  bijou::Tile<T> out_gradient = tile_of(output_gradient, arena);
  bijou::Tile<T> in_gradient = blank<T>(input.rows(), input.cols(), arena);
  bijou::Tile<T> context = tile_of(start.context, arena);
  bijou::Tile<T> context_gradient = tile_of(or_zero(start.context_gradient, start.context), arena);
  Vector<T> flat = or_zero(start.gradient, bijou::parameter_count(c));
  typename C::Cache cache{};
  bijou::Pass<T> pass{arena, true, as_const(context), context_gradient, start.parameter_gradient};
  c.evaluate(as_const(in), out, cache, pass);
  const Matrix<T> value = out.matrix();
  c.pullback(as_const(out_gradient), in_gradient, bijou::ParameterGradient<T>(flat.data(), flat.size()), cache, pass);
  return {value, {}, in_gradient.matrix(), flat, context_gradient.matrix()};
}

}  // namespace laws

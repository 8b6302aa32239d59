#pragma once

#include <Eigen/Core>

namespace bijou {

/// Number of coordinates, units or events.
using Index = Eigen::Index;

/// The storage that the maps inside a flow work on: rows x N, one row for each coordinate (or hidden unit), the values
/// of one row for all N events of the tile contiguous. Everything elementwise is then SIMD across events, whatever the
/// number of coordinates. A tile is a view: copying it copies the pointer, assigning to it writes the values.
template <class T>
using Tile = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0, Eigen::OuterStride<>>;

/// A tile that is only read.
template <class T>
using ConstTile =
    Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0, Eigen::OuterStride<>>;

/// One value for each event of a tile: a log-det, a log density, one coordinate.
template <class T>
using Row = Eigen::Map<Eigen::Array<T, 1, Eigen::Dynamic>>;

/// A row that is only read.
template <class T>
using ConstRow = Eigen::Map<const Eigen::Array<T, 1, Eigen::Dynamic>>;

/// The slice of the flat gradient that belongs to one object, in the order of its parameter list.
template <class T>
using ParameterGradient = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

namespace detail {

template <class T>
ConstTile<T> as_const(Tile<T> tile) {
  return {tile.data(), tile.rows(), tile.cols(), Eigen::OuterStride<>(tile.outerStride())};
}

template <class T>
ConstRow<T> as_const(Row<T> row) {
  return {row.data(), row.size()};
}

/// Rows first, first + 1, ..., first + count - 1 of a tile.
template <class T>
Tile<T> rows_of(Tile<T> tile, Index first, Index count) {
  return {tile.data() + first * tile.outerStride(), count, tile.cols(), Eigen::OuterStride<>(tile.outerStride())};
}

template <class T>
ConstTile<T> rows_of(const ConstTile<T>& tile, Index first, Index count) {
  return {tile.data() + first * tile.outerStride(), count, tile.cols(), Eigen::OuterStride<>(tile.outerStride())};
}

template <class T>
Row<T> row_of(Tile<T> tile, Index i) {
  return {tile.data() + i * tile.outerStride(), tile.cols()};
}

template <class T>
ConstRow<T> row_of(const ConstTile<T>& tile, Index i) {
  return {tile.data() + i * tile.outerStride(), tile.cols()};
}

}  // namespace detail
}  // namespace bijou

#pragma once

#include <bijou/core/index.hpp>
#include <bijou/numerics/simd.hpp>
#include <bijou/numerics/sums.hpp>
#include <new>
#include <type_traits>

namespace bijou {

/// One number for each event of a tile, only read: a coordinate, a gradient. Behind the last one lie zeros or finite
/// numbers up to the next multiple of the SIMD packet; they may be read.
template <class T>
class ConstRow : public Eigen::Map<const Eigen::Array<T, 1, Eigen::Dynamic>> {
 public:
  ConstRow() : ConstRow(nullptr, 0) {}
  ConstRow(const T* data, Index size) : ConstRow::Map(data, size) {}
  ConstRow(const ConstRow&) = default;
  ConstRow& operator=(const ConstRow&) = delete;

  /// The numbers n, n + 1, ... of one packet.
  Simd<T> load(Index n) const { return Simd<T>(detail::load(this->data() + n)); }
};

/// One number for each event of a tile. A view: copying it copies the pointer, assigning to it writes the numbers.
template <class T>
class Row : public Eigen::Map<Eigen::Array<T, 1, Eigen::Dynamic>> {
 public:
  using Row::Map::operator=;
  Row() : Row(nullptr, 0) {}
  Row(T* data, Index size) : Row::Map(data, size) {}
  Row(const Row&) = default;
  Row& operator=(const Row& other) {
    Row::Map::operator=(other);
    return *this;
  }
  operator ConstRow<T>() const { return {data(), this->size()}; }

  /// Writable for a const view as well, as a view is copied, not its numbers.
  T* data() const { return const_cast<T*>(Row::Map::data()); }

  Simd<T> load(Index n) const { return Simd<T>(detail::load(data() + n)); }
  void store(Index n, Simd<T> values) const { detail::store(data() + n, values.value); }
};

/// A tile that is only read.
template <class T>
class ConstTile : public Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0,
                                    Eigen::OuterStride<>> {
 public:
  ConstTile() : ConstTile(nullptr, 0, 0, 0) {}
  ConstTile(const T* data, Index rows, Index cols, Index stride)
      : ConstTile::Map(data, rows, cols, Eigen::OuterStride<>(stride)) {}
  ConstTile(const ConstTile&) = default;
  ConstTile& operator=(const ConstTile&) = delete;

  /// Makes this a view of what `other` is a view of.
  void rebind(ConstTile other) { new (this) ConstTile(other); }

  ConstRow<T> row(Index i) const { return ConstRow<T>(this->data() + i * this->outerStride(), this->cols()); }
  /// Rows first, ..., first + count - 1.
  ConstTile slice(Index first, Index count) const {
    return ConstTile(this->data() + first * this->outerStride(), count, this->cols(), this->outerStride());
  }
  /// The numbers n, n + 1, ... of row i, one packet.
  Simd<T> load(Index i, Index n) const { return Simd<T>(detail::load(this->data() + i * this->outerStride() + n)); }
};

/// The storage that the maps inside a flow work on: rows x N, one row for each coordinate (or hidden unit), the values
/// of one row for all N events of the tile contiguous. Everything elementwise is then SIMD across events, whatever the
/// number of coordinates. A view: copying it copies the pointer, assigning to it writes the values. Behind the last
/// event of a row lie zeros or finite numbers up to the next multiple of the SIMD packet; they may be read and written.
template <class T>
class Tile
    : public Eigen::Map<Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0, Eigen::OuterStride<>> {
 public:
  using Tile::Map::operator=;
  Tile() : Tile(nullptr, 0, 0, 0) {}
  Tile(T* data, Index rows, Index cols, Index stride) : Tile::Map(data, rows, cols, Eigen::OuterStride<>(stride)) {}
  Tile(const Tile&) = default;
  Tile& operator=(const Tile& other) {
    Tile::Map::operator=(other);
    return *this;
  }
  operator ConstTile<T>() const { return {data(), this->rows(), this->cols(), this->outerStride()}; }

  /// Writable for a const view as well, as a view is copied, not its numbers.
  T* data() const { return const_cast<T*>(Tile::Map::data()); }
  T& operator()(Index i, Index n) const { return data()[i * this->outerStride() + n]; }

  /// Makes this a view of what `other` is a view of.
  void rebind(Tile other) { new (this) Tile(other); }

  Row<T> row(Index i) const { return Row<T>(data_of_row(i), this->cols()); }
  /// Rows first, ..., first + count - 1.
  Tile slice(Index first, Index count) const {
    return Tile(data_of_row(first), count, this->cols(), this->outerStride());
  }
  /// The numbers n, n + 1, ... of row i, one packet.
  Simd<T> load(Index i, Index n) const { return Simd<T>(detail::load(data_of_row(i) + n)); }
  void store(Index i, Index n, Simd<T> values) const { detail::store(data_of_row(i) + n, values.value); }

 private:
  T* data_of_row(Index i) const { return data() + i * this->outerStride(); }
};

/// One sum for each event: a log-det or a log density, in nats. Kept in double whatever the scalar of its terms, since
/// events have many coordinates and chains many members. `sums += row` and `sums -= row` take an expression of one
/// number per event of either scalar, or one number for all.
class Sums : public Eigen::Map<Eigen::Array<double, 1, Eigen::Dynamic>> {
 public:
  Sums(double* data, Index size) : Map(data, size) {}
  Sums(const Sums&) = default;
  Sums& operator=(const Sums&) = delete;

  template <class E>
  Sums& operator+=(const Eigen::DenseBase<E>& terms) {
    Map::operator+=(terms.derived().array().template cast<double>());
    return *this;
  }
  template <class E>
  Sums& operator-=(const Eigen::DenseBase<E>& terms) {
    Map::operator-=(terms.derived().array().template cast<double>());
    return *this;
  }
  // Templates, so that their Eigen code is compiled only where it is used.
  template <class Number>
  requires std::is_arithmetic_v<Number>
  Sums& operator+=(Number term) {
    Map::operator+=(static_cast<double>(term));
    return *this;
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  Sums& operator-=(Number term) {
    Map::operator-=(static_cast<double>(term));
    return *this;
  }
  /// sums(n + i) += lane i of `terms`.
  template <class T>
  void add(Index n, Simd<T> terms) {
    if (this->size() == 1)  // the other lanes of a single event are of no use
      this->data()[0] += static_cast<double>(terms.first());
    else
      detail::add_to_sums(this->data() + n, terms);
  }
};

/// The slice of the flat gradient that belongs to one object, in the order of its list; empty when nobody reads it.
template <class T>
using ParameterGradient = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

}  // namespace bijou

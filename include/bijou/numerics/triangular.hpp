#pragma once

#include <bijou/core/arena.hpp>
#include <Eigen/Core>
#include <type_traits>

/// Products and solutions with triangular matrices, for all events of a tile at once: packets run across events. A tile
/// is changed in place, so nothing else is needed. What lies behind the last event of its rows is computed along: zeros
/// stay zeros.
namespace bijou::detail {

/// How many entries the strict triangle of a D x D matrix has; Dynamic for a D that is not known or not small.
template <int D>
inline constexpr int strict_triangle_size = D == Eigen::Dynamic || D > 100 ? Eigen::Dynamic : D*(D - 1) / 2;

/// The entries below the diagonal of a D x D matrix, row after row, as nflows' LULinear keeps them.
template <class T>
struct StrictlyLower {
  static constexpr bool is_lower = true;
  const T* entries;
  Index size;

  static constexpr Index count(Index size) { return size * (size - 1) / 2; }
  static constexpr Index place(Index i, Index j, Index) { return i * (i - 1) / 2 + j; }
  T operator()(Index i, Index j) const { return entries[place(i, j, size)]; }
};

/// The entries above the diagonal, row after row.
template <class T>
struct StrictlyUpper {
  static constexpr bool is_lower = false;
  const T* entries;
  Index size;

  static constexpr Index count(Index size) { return size * (size - 1) / 2; }
  static constexpr Index place(Index i, Index j, Index size) { return i * (2 * size - i - 1) / 2 + j - i - 1; }
  T operator()(Index i, Index j) const { return entries[place(i, j, size)]; }
};

template <class Triangle>
struct Transposed {
  static constexpr bool is_lower = !Triangle::is_lower;
  Triangle triangle;
  Index size = triangle.size;

  auto operator()(Index i, Index j) const { return triangle(j, i); }
};

/// finish(i, n, row i of the triangle times the tile for the events n ... of one packet) for each row, from the first
/// to the last or from the last to the first. Four packets go through the entries of a row together.
template <bool FromFirst, class T, class Triangle, class Finish>
void for_each_row_product(const Triangle& triangle, Tile<T> tile, Finish finish) {
  const Index size = triangle.size;
  const auto columns = [&]<int Packets>(Index first, std::integral_constant<int, Packets>) {
    for (Index step = 0; step < size; ++step) {
      const Index i = FromFirst ? step : size - 1 - step;
      Simd<T> sums[Packets];
      for (Simd<T>& sum : sums) sum = Simd<T>(T(0));
      const Index end = Triangle::is_lower ? i : size;
      for (Index j = Triangle::is_lower ? 0 : i + 1; j < end; ++j) {
        const Simd<T> entry(triangle(i, j));
        for (Index k = 0; k < Packets; ++k) {
          sums[k] = multiply_add(entry, tile.load(j, first + k * Simd<T>::size), sums[k]);
        }
      }
      for (Index k = 0; k < Packets; ++k) finish(i, first + k * Simd<T>::size, sums[k]);
    }
  };
  Index n = 0;
  for (; n + 4 * Simd<T>::size <= tile.cols(); n += 4 * Simd<T>::size) columns(n, std::integral_constant<int, 4>{});
  for (; n < tile.cols(); n += Simd<T>::size) columns(n, std::integral_constant<int, 1>{});
}

/// tile = (triangle + diagonal) tile. A row is written when no other needs it any more. diagonal: D numbers, or null
/// for ones.
template <class T, class Triangle>
void multiply_triangle(const Triangle& triangle, const T* diagonal, Tile<T> tile) {
  for_each_row_product<!Triangle::is_lower>(triangle, tile, [&](Index i, Index n, Simd<T> sum) {
    const Simd<T> own = tile.load(i, n);
    tile.store(i, n, diagonal ? multiply_add(Simd<T>(diagonal[i]), own, sum) : own + sum);
  });
}

/// tile = (triangle + diagonal)^-1 tile, by substitution.
template <class T, class Triangle>
void solve_triangle(const Triangle& triangle, const T* diagonal, Tile<T> tile) {
  for_each_row_product<Triangle::is_lower>(triangle, tile, [&](Index i, Index n, Simd<T> sum) {
    const Simd<T> rest = tile.load(i, n) - sum;
    tile.store(i, n, diagonal ? rest / Simd<T>(diagonal[i]) : rest);
  });
}

/// A copy in the arena, with zeros behind the last event.
template <class T>
Tile<T> copy_of(ConstTile<T> tile, Arena& arena) {
  Tile<T> copy = arena.template tile<T>(tile.rows(), tile.cols());
  copy = tile;
  return copy;
}

/// Sum over events of a row times another. Both have zeros behind the last event.
template <class T>
T dot(ConstRow<T> a, ConstRow<T> b) {
  Simd<T> sum(T(0));
  for (Index n = 0; n < a.size(); n += Simd<T>::size) sum = multiply_add(a.load(n), b.load(n), sum);
  return Eigen::internal::predux(sum.value);
}

/// gradient(i, j) += sign sum_n g(i, n) x(j, n) for the entries of a triangle. Both have zeros behind
/// their last event.
template <class Triangle, class T>
void add_outer_products(T sign, ConstTile<T> g, ConstTile<T> x, T* gradient) {
  const Index size = g.rows();
  for (Index i = 0; i < size; ++i) {
    const Index end = Triangle::is_lower ? i : size;
    Index j = Triangle::is_lower ? 0 : i + 1;
    for (; j + 4 <= end; j += 4) {  // four entries for each load of g
      Simd<T> sums[4];
      for (Simd<T>& sum : sums) sum = Simd<T>(T(0));
      for (Index n = 0; n < g.cols(); n += Simd<T>::size) {
        const Simd<T> factor = g.load(i, n);
        for (Index k = 0; k < 4; ++k) sums[k] = multiply_add(factor, x.load(j + k, n), sums[k]);
      }
      for (Index k = 0; k < 4; ++k) {
        gradient[Triangle::place(i, j + k, size)] += sign * Eigen::internal::predux(sums[k].value);
      }
    }
    for (; j < end; ++j) gradient[Triangle::place(i, j, size)] += sign * dot(g.row(i), x.row(j));
  }
}

}  // namespace bijou::detail

#pragma once

#include <bijou/numerics/simd.hpp>
#include <bijou/numerics/staircase.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <utility>

/// The products of a staircase matrix with one vector, for a single event: here the packets run along the rows of W.
namespace bijou::detail {

/// 0, 1, 2, ... in the lanes of a packet.
template <class T>
inline constexpr auto lane_numbers = [] {
  std::array<T, static_cast<std::size_t>(packet_size<T>)> lanes{};
  std::iota(lanes.begin(), lanes.end(), T(0));
  return lanes;
}();

/// y(r) = bias(r) + sum of w(r, k) x(k) over 0 <= k < depth, for Rows rows; y(r) = y[r y_stride]. w: row-major. Never
/// inlined: the innermost loop needs all registers for itself.
template <int Rows, class T>
EIGEN_DONT_INLINE void multiply_vector_block(const T* w, Index w_stride, Index depth, const T* bias, const T* x, T* y,
                                             Index y_stride) {
  [&]<int... R>(std::integer_sequence<int, R...>) {
    constexpr Index width = packet_size<T>;
    if (depth < width) {
      T value[Rows] = {bias[R]...};
      for (Index k = 0; k < depth; ++k) ((value[R] += w[R * w_stride + k] * x[k]), ...);
      ((y[R * y_stride] = value[R]), ...);
      return;
    }
    Packet<T> sum[Rows];
    ((sum[R] = broadcast(T(0))), ...);
    const Index whole = depth / width * width;
    for (Index k = 0; k < whole; k += width) {
      const Packet<T> column = load(x + k);
      ((sum[R] = Eigen::internal::pmadd(load(w + R * w_stride + k), column, sum[R])), ...);
    }
    if (whole < depth) {
      // The last packet ends with the row; what it shares with the one before is zero in x.
      const Simd<T> shared(static_cast<T>(whole + width - depth));
      const Simd<T> column =
          select(Simd<T>(load(lane_numbers<T>.data())) < shared, Simd<T>(T(0)), Simd<T>(load(x + depth - width)));
      ((sum[R] = Eigen::internal::pmadd(load(w + R * w_stride + depth - width), column.value, sum[R])), ...);
    }
    ((y[R * y_stride] = bias[R] + Eigen::internal::predux(sum[R])), ...);
  }(std::make_integer_sequence<int, Rows>{});
}

/// y(r) = bias(r) + sum of w(r, k) x(k) over the columns of row r, for first <= r < last; y(r) = y[r y_stride]. Rows of
/// one depth run together: alike[r] from row r on. Nothing else is read or written.
template <class T>
EIGEN_STRONG_INLINE void multiply_vector(Index first, Index last, const T* w, Index w_stride, const DepthRange* depths,
                                         const int* alike, const T* bias, const T* x, T* y, Index y_stride) {
  Index r = first;
  while (r < last) {
    const Index rows = (std::min)(last - r, Index{alike[r]});
    const auto run = [&](auto block) {
      multiply_vector_block<block()>(w + r * w_stride, w_stride, depths[r].end, bias + r, x, y + r * y_stride,
                                     y_stride);
      r += block();
    };
    if (rows >= 8) {
      run(std::integral_constant<int, 8>{});
    } else if (rows >= 4) {
      run(std::integral_constant<int, 4>{});
    } else if (rows >= 2) {
      run(std::integral_constant<int, 2>{});
    } else {
      run(std::integral_constant<int, 1>{});
    }
  }
}

/// y(i) += a x(i) for 0 <= i < size: a row of an outer product, or of a product with W^T.
template <class T>
void add_scaled(T a, const T* x, Index size, T* y) {
  constexpr Index width = packet_size<T>;
  const Packet<T> factor = broadcast(a);
  Index i = 0;
  for (; i + width <= size; i += width) store(y + i, Eigen::internal::pmadd(factor, load(x + i), load(y + i)));
  for (; i < size; ++i) y[i] += a * x[i];
}

}  // namespace bijou::detail

#pragma once

#include <algorithm>
#include <bijou/core/simd.hpp>
#include <utility>

/// The product of a staircase matrix with one vector, for a single event: here the packets run along the rows of W.
namespace bijou::detail {

/// y(r) = bias(r) + sum of w(r, k) x(k) over 0 <= k < end(r), for Rows rows with end nondecreasing. w: row-major.
template <int Rows, class T, class End>
void multiply_vector_block(const T* w, Index w_stride, End end, const T* bias, const T* x, T* y) {
  [&]<int... R>(std::integer_sequence<int, R...>) {
    constexpr Index size = packet_size<T>;
    Packet<T> sum[Rows];
    ((sum[R] = broadcast(T(0))), ...);
    const Index common = end(0) / size * size;
    for (Index k = 0; k < common; k += size) {
      const Packet<T> column = load(x + k);
      ((sum[R] = Eigen::internal::pmadd(load(w + R * w_stride + k), column, sum[R])), ...);
    }
    const auto finish = [&](int r) {
      T rest = bias[r];
      for (Index k = common; k < end(r); ++k) rest += w[r * w_stride + k] * x[k];
      y[r] = Eigen::internal::predux(sum[r]) + rest;
    };
    (finish(R), ...);
  }
  (std::make_integer_sequence<int, Rows>{});
}

/// y(r) = bias(r) + sum of w(r, k) x(k) over 0 <= k < end(r), for first <= r < last. Nothing else is read or written.
template <class T, class End>
void multiply_vector(Index first, Index last, const T* w, Index w_stride, End end, const T* bias, const T* x, T* y) {
  constexpr int rows = 8;
  Index r = first;
  for (; r + rows <= last; r += rows) {
    multiply_vector_block<rows>(
        w + r * w_stride, w_stride, [&](int i) { return end(r + i); }, bias + r, x, y + r);
  }
  for (; r < last; ++r) {
    multiply_vector_block<1>(
        w + r * w_stride, w_stride, [&](int) { return end(r); }, bias + r, x, y + r);
  }
}

/// p(i) = f(p(i)) for 0 <= i < size, with a Pack at a time and nothing behind the end touched.
template <class T, class F>
void apply_in_place(T* p, Index size, F f) {
  constexpr Index width = packet_size<T>;
  Index i = 0;
  for (; i + width <= size; i += width) store(p + i, f(Pack<T>(load(p + i))).value);
  if (i == size) return;
  T rest[width] = {};
  std::copy(p + i, p + size, rest);
  store(rest, f(Pack<T>(load(rest))).value);
  std::copy(rest, rest + (size - i), p + i);
}

}  // namespace bijou::detail

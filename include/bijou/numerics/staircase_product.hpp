#pragma once

#include <bijou/numerics/parallel.hpp>
#include <bijou/numerics/simd.hpp>
#include <bijou/numerics/staircase.hpp>
#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

/// Products with a matrix of which only a staircase is not zero: row r of W has its entries in the columns
/// 0 <= k < end(r), with end nondecreasing. Nothing outside the staircase is read or written. All operands stay where
/// they are (no packing, no heap): a block of rows of C in registers, B streamed packet by packet, A broadcast.
namespace bijou::detail {

/// Rows of C that one block holds in registers, and packets in each of these rows.
template <class T>
inline constexpr int block_rows = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32 ? 8 : 6;
inline constexpr int block_packets = 2;

/// The left factor: entry (r, k) is data[r * row_step + k * depth_step].
template <class T>
struct LeftFactor {
  const T* data;
  Index row_step;
  Index depth_step;
  EIGEN_STRONG_INLINE const T& operator()(Index r, Index k) const { return data[r * row_step + k * depth_step]; }
};

/// Sums of one block: Rows x Packets packets, which stay in registers because every index is a constant.
template <class T, int Rows, int Packets>
struct Accumulators {
  static_assert(Packets == 1 || Packets == 2);
  Packet<T> sum[Rows][Packets];

  template <int R>
  EIGEN_STRONG_INLINE void set_row(const T& value) {
    sum[R][0] = broadcast(value);
    if constexpr (Packets > 1) sum[R][1] = sum[R][0];
  }

  /// sum(r, :) += a(r) b(:), for the rows R...
  template <int... R>
  EIGEN_STRONG_INLINE void add_outer(const T* a, Index row_step, const T* b, std::integer_sequence<int, R...>) {
    const Packet<T> first = load(b);
    const Packet<T> second = Packets > 1 ? load(b + packet_size<T>) : first;
    (add_row<R>(broadcast(a[R * row_step]), first, second), ...);
  }

  template <int R>
  EIGEN_STRONG_INLINE void add_row(const Packet<T>& a, const Packet<T>& first, const Packet<T>& second) {
    sum[R][0] = Eigen::internal::pmadd(a, first, sum[R][0]);
    if constexpr (Packets > 1) sum[R][1] = Eigen::internal::pmadd(a, second, sum[R][1]);
  }

  /// sum(R, :) += a(R, k) b(k, :) for first <= k < last: the columns of row R outside the range that all rows of the
  /// block share.
  template <int R>
  EIGEN_STRONG_INLINE void add_range(const LeftFactor<T>& a, const T* b, Index b_stride, Index first, Index last) {
    for (Index k = first; k < last; ++k) {
      const T* row = b + k * b_stride;
      add_row<R>(broadcast(a(R, k)), load(row), Packets > 1 ? load(row + packet_size<T>) : load(row));
    }
  }

  template <int R>
  EIGEN_STRONG_INLINE void store_row(T* out) const {
    store(out, sum[R][0]);
    if constexpr (Packets > 1) store(out + packet_size<T>, sum[R][1]);
  }

  /// out(i) += sum(R, i) for i < size, which may lie on either side of the width of the block.
  template <int R>
  EIGEN_STRONG_INLINE void add_row_to(T* out, Index size) const {
    constexpr Index width = Packets * packet_size<T>;
    if (size >= width) {
      store(out, Eigen::internal::padd(load(out), sum[R][0]));
      if constexpr (Packets > 1) {
        store(out + packet_size<T>, Eigen::internal::padd(load(out + packet_size<T>), sum[R][1]));
      }
      return;
    }
    T values[width];
    store_row<R>(values);
    for (Index i = 0; i < size; ++i) out[i] += values[i];
  }
};

/// Asks for the cache lines of a row of a block.
template <int Packets, class T>
EIGEN_STRONG_INLINE void prefetch(const T* row) {
  for (Index i = 0; i < Packets * packet_size<T>; i += static_cast<Index>(64 / sizeof(T))) {
    Eigen::internal::prefetch(row + i);
  }
}

/// c(r, n) = bias(r) + sum of a(r, k) b(k, n) over the k in depth[r], for Rows rows and Packets packets of n. Both ends
/// of depth[r] are nondecreasing in r. Never inlined: the innermost loop needs all registers for itself.
template <int Rows, int Packets, class T>
EIGEN_DONT_INLINE void multiply_block(const LeftFactor<T>& a, const DepthRange* depth, const T* bias, const T* b,
                                      Index b_stride, T* c, Index c_stride) {
  [&]<int... R>(std::integer_sequence<int, R...> rows) {
    Accumulators<T, Rows, Packets> block;
    (block.template set_row<R>(bias ? bias[R] : T(0)), ...);
    const Index first = depth[Rows - 1].begin;
    const Index last = (std::max)(first, depth[0].end);
    const T* a_k = a.data + first * a.depth_step;
    const T* b_k = b + first * b_stride;
    for (Index k = first; k < last; ++k, a_k += a.depth_step, b_k += b_stride) {
      block.add_outer(a_k, a.row_step, b_k, rows);
    }
    (block.template add_range<R>(a, b, b_stride, depth[R].begin, (std::min)(first, depth[R].end)), ...);
    (block.template add_range<R>(a, b, b_stride, last, depth[R].end), ...);
    (block.template store_row<R>(c + R * c_stride), ...);
  }(std::make_integer_sequence<int, Rows>{});
}

/// c(r, i) += sum of a(r, n) b(n, i) over 0 <= n < depth, for Rows rows and the columns i < columns[r].end - first of
/// one panel whose column 0 is column `first` of the matrix.
template <int Rows, int Packets, class T>
EIGEN_DONT_INLINE void add_product_block(const LeftFactor<T>& a, Index depth, const DepthRange* columns, Index first,
                                         const T* b, Index b_stride, T* c, Index c_stride) {
  [&]<int... R>(std::integer_sequence<int, R...> rows) {
    Accumulators<T, Rows, Packets> block;
    (block.template set_row<R>(T(0)), ...);
    (prefetch<Packets>(c + R * c_stride), ...);  // c comes from far away and is needed only at the end
    const T* a_k = a.data;
    const T* b_k = b;
    for (Index k = 0; k < depth; ++k, a_k += a.depth_step, b_k += b_stride) {
      block.add_outer(a_k, a.row_step, b_k, rows);
    }
    (block.template add_row_to<R>(c + R * c_stride, columns[R].end - first), ...);
  }(std::make_integer_sequence<int, Rows>{});
}

/// How many rows a block for the rest may have, the largest first. Sampling goes by the few rows of one degree, for
/// which two blocks in place of one would take a quarter longer; elsewhere a few sizes do, since each is compiled.
template <class T>
using EveryRest = std::conditional_t<block_rows<T> == 8, std::integer_sequence<int, 7, 6, 5, 4, 3, 2, 1>,
                                     std::integer_sequence<int, 5, 4, 3, 2, 1>>;
using FewRests = std::integer_sequence<int, 4, 2, 1>;

/// Calls body(rows constant, first row) for blocks of block_rows rows, and smaller ones of these sizes for the rest.
template <class T, class Body, int... Rest>
void for_row_blocks(Index first, Index last, std::integer_sequence<int, Rest...>, Body&& body) {
  Index r = first;
  for (; r + block_rows<T> <= last; r += block_rows<T>) body(std::integral_constant<int, block_rows<T>>{}, r);
  ((r + Rest <= last ? (body(std::integral_constant<int, Rest>{}, r), r += Rest) : r), ...);
}

/// Calls body(packets constant, first column) for panels of block_packets packets and one smaller panel for the rest.
template <class T, class Body>
void for_column_panels(Index cols, Body&& body) {
  Index n = 0;
  for (; n + (block_packets - 1) * packet_size<T> < cols; n += block_packets * packet_size<T>) {
    body(std::integral_constant<int, block_packets>{}, n);
  }
  if (n < cols) body(std::integral_constant<int, 1>{}, n);
}

/// C(r, :) = bias(r) + sum over the k in depth[r] of A(r, k) B(k, :), for first_row <= r < last_row.
/// A: rows x depth, B: depth x cols, C: rows x cols; bias may be null. Whole packets of B's and C's rows are read and
/// written, up to the stride. finish(r, count) is called when rows r, ..., r + count - 1 of C are done and still hot.
template <class T>
void multiply_rows(Index first_row, Index last_row, const LeftFactor<T>& a, const DepthRange* depth, const T* bias,
                   const T* b, Index b_stride, T* c, Index c_stride, Index cols,
                   FunctionRef<void(Index, Index)> finish) {
  for_row_blocks<T>(first_row, last_row, EveryRest<T>{}, [&](auto rows, Index r) {
    for_column_panels<T>(cols, [&](auto packets, Index n) {
      multiply_block<rows(), packets(), T>({&a(r, 0), a.row_step, a.depth_step}, depth + r, bias ? bias + r : nullptr,
                                           b + n, b_stride, c + r * c_stride + n, c_stride);
    });
    finish(r, Index{rows()});
  });
}

/// C(r, i) += sum over 0 <= n < depth of A(r, n) B(n, i), for first_row <= r < last_row and i < columns[r].end, which
/// is nondecreasing. A: rows x depth, B: depth x cols (whole packets are read, up to the stride), C: rows x cols.
template <class T>
void add_product(Index first_row, Index last_row, const LeftFactor<T>& a, Index depth, const DepthRange* columns,
                 const T* b, Index b_stride, T* c, Index c_stride) {
  for_row_blocks<T>(first_row, last_row, FewRests{}, [&](auto block, Index r) {
    for_column_panels<T>(columns[r + block() - 1].end, [&](auto packets, Index i) {
      add_product_block<block(), packets(), T>({&a(r, 0), a.row_step, a.depth_step}, depth, columns + r, i, b + i,
                                               b_stride, c + r * c_stride + i, c_stride);
    });
  });
}

/// Calls body(first, last) for ranges of the rows of a product, on at most `threads` threads when it has at least
/// `least_work` multiplications. The ranges consist of whole blocks, so that a row is computed as without threads.
template <class T>
void for_row_ranges(Index first, Index last, Index work_per_row, int threads, FunctionRef<void(Index, Index)> body) {
  constexpr Index least_work = Index{1} << 20;
  constexpr Index range = 4 * block_rows<T>;
  if (threads == 1 || (last - first) * work_per_row < least_work) {
    body(first, last);
    return;
  }
  parallel_for((last - first + range - 1) / range, threads,
               [&](Index i, int) { body(first + i * range, (std::min)(last, first + (i + 1) * range)); });
}

}  // namespace bijou::detail

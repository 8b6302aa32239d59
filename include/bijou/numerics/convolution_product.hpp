#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/numerics/parallel.hpp>
#include <bijou/numerics/simd.hpp>
#include <bijou/numerics/stencil.hpp>
#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

/// y[o, p] = bias[o] + sum over c and taps t of w[o, c, t] x[c, neighbour(p, t)], for tiles with events in SIMD
/// packets. At each pixel a small matrix product with rows of x that are found where they lie; a block of outputs stays
/// in registers. The weights are packed in the order in which blocks walk through them.
namespace bijou::detail {

inline constexpr bool has_32_registers = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32;
/// Outputs that one block holds in registers, with two packets of events each.
inline constexpr int convolution_rows = has_32_registers ? 8 : 6;
/// Up to so many outputs a block has four packets of events each.
inline constexpr int narrow_rows = has_32_registers ? 4 : 2;

/// Packets of a panel of events for so many rows.
constexpr int panel_packets(Index rows) { return rows <= narrow_rows ? 4 : 2; }

/// Rows x Packets packets of sums, which stay in registers because every index is a constant.
template <class T, int Rows, int Packets>
struct BlockSums {
  Packet<T> sum[Rows][Packets];

  template <int R, int... P>
  EIGEN_STRONG_INLINE void set(const T& value, std::integer_sequence<int, P...>) {
    const Packet<T> all = broadcast(value);
    ((sum[R][P] = all), ...);
  }
  template <int R, int... P>
  EIGEN_STRONG_INLINE void add_row(const T* from, std::integer_sequence<int, P...>) {
    ((sum[R][P] = Eigen::internal::padd(load(from + P * packet_size<T>), sum[R][P])), ...);
  }
  template <int R, int... P>
  EIGEN_STRONG_INLINE void store_row(T* to, std::integer_sequence<int, P...>) const {
    (store(to + P * packet_size<T>, sum[R][P]), ...);
  }
  template <int R, int... P>
  EIGEN_STRONG_INLINE void add_row_to(T* to, std::integer_sequence<int, P...>) const {
    (store(to + P * packet_size<T>, Eigen::internal::padd(load(to + P * packet_size<T>), sum[R][P])), ...);
  }
  template <int R, int... P>
  EIGEN_STRONG_INLINE void add_scaled(const T& a, const Packet<T> (&b)[Packets], std::integer_sequence<int, P...>) {
    const Packet<T> factor = broadcast(a);
    ((sum[R][P] = Eigen::internal::pmadd(factor, b[P], sum[R][P])), ...);
  }
};

/// Calls body(rows constant, first row) for blocks of convolution_rows rows, and smaller ones for the rest.
template <class Body>
EIGEN_STRONG_INLINE void for_convolution_blocks(Index first, Index last, Body&& body) {
  Index r = first;
  for (; r + convolution_rows <= last; r += convolution_rows) body(std::integral_constant<int, convolution_rows>{}, r);
  const auto rest = [&]<int Rows>(std::integral_constant<int, Rows> rows) {
    if (r + Rows > last) return;
    body(rows, r);
    r += Rows;
  };
  rest(std::integral_constant<int, 4>{});
  rest(std::integral_constant<int, 2>{});
  rest(std::integral_constant<int, 1>{});
}

/// Calls body(packets constant) for the packets that a panel of this width has, at most 4.
template <class T, class Body>
EIGEN_STRONG_INLINE void with_packets(Index events, Body&& body) {
  if (events > 2 * packet_size<T>)
    body(std::integral_constant<int, 4>{});
  else if (events > packet_size<T>)
    body(std::integral_constant<int, 2>{});
  else
    body(std::integral_constant<int, 1>{});
}

/// Weights in the order of blocks. weight: outputs x inputs x taps, as torch has them. For a block of R rows from r,
/// entry (row i, input c, tap t) stands at r * inputs * taps + (t * inputs + c) * R + i. transposed: of the product
/// that takes gradients back, in which inputs and outputs change places and taps are reversed.
template <class T>
void pack_weights(const T* weight, Index outputs, Index inputs, Index taps, bool transposed, T* packed) {
  const Index rows = transposed ? inputs : outputs;
  const Index columns = transposed ? outputs : inputs;
  const Index row_step = transposed ? taps : inputs * taps;
  const Index column_step = transposed ? inputs * taps : taps;
  for_convolution_blocks(0, rows, [&](auto block, Index r) {
    T* const out = packed + r * columns * taps;
    for (Index i = 0; i < block(); ++i) {
      for (Index c = 0; c < columns; ++c) {
        const T* const from = weight + (r + i) * row_step + c * column_step;
        for (Index t = 0; t < taps; ++t) {
          out[(t * columns + c) * block() + i] = from[transposed ? taps - 1 - t : t];
        }
      }
    }
  });
}

/// A tap of one pixel: where its weights begin, in inputs of one row, and the rows that it reads, in numbers.
struct TapOfPixel {
  Index weight;
  Index in;
};

/// One block of a convolution: Rows outputs at one pixel, Packets packets of events.
template <int Rows, int Packets, class T>
EIGEN_DONT_INLINE void convolve_block(const T* weights, const T* bias, bool adds, const TapOfPixel* tap,
                                      const TapOfPixel* last, const T* in, const Index* in_offsets, Index inputs,
                                      T* out, const Index* out_offsets) {
  [&]<int... R>(std::integer_sequence<int, R...>) {
    constexpr std::make_integer_sequence<int, Packets> packets;
    BlockSums<T, Rows, Packets> block;
    (block.template set<R>(bias ? bias[R] : T(0), packets), ...);
    if (adds) (block.template add_row<R>(out + out_offsets[R], packets), ...);
    for (; tap != last; ++tap) {
      const T* w = weights + tap->weight * Rows;
      const T* const x = in + tap->in;
      for (Index c = 0; c < inputs; ++c, w += Rows) {
        const T* const row = x + in_offsets[c];
        Packet<T> right[Packets];
        [&]<int... P>(std::integer_sequence<int, P...>) {
          ((right[P] = load(row + P * packet_size<T>)), ...);
        }(packets);
        (block.template add_scaled<R>(w[R], right, packets), ...);
      }
    }
    (block.template store_row<R>(out + out_offsets[R], packets), ...);
  }(std::make_integer_sequence<int, Rows>{});
}

/// What a convolution is computed from. The tiles have the same events, in rows of whole packets.
template <class T>
struct ConvolutionProduct {
  Stencil stencil;
  Index inputs;
  Index outputs;
  const T* weights;  // packed
  const T* bias;     // null for none
  bool adds;         // to what `out` holds
  ConstTile<T> in;
  SignalRows in_rows;
  Tile<T> out;
  SignalRows out_rows;
};

/// What a convolution calls when some outputs of one pixel are there for a panel of events, still hot:
/// done(pixel, first output, outputs, first event, events). Events are counted up to the end of a packet.
using OutputsDone = FunctionRef<void(Index, Index, Index, Index, Index)>;

/// Distances of the rows of channels at pixel 0 from the first row, in numbers.
template <class T>
const Index* channel_offsets(Index channels, const SignalRows& rows, Index stride, Arena& arena) {
  Index* const offsets = arena.objects<Index>(channels);
  for (Index c = 0; c < channels; ++c) offsets[c] = rows.of_channel(c) * stride;
  return offsets;
}

/// The convolution, pixels on at most `threads` threads.
template <class T>
void convolve(const ConvolutionProduct<T>& product, int threads, Arena& arena, OutputsDone done) {
  constexpr Index first_level_cache = 24 << 10;  // bytes of it for weights
  const Arena::Frame frame(arena);
  const Stencil& stencil = product.stencil;
  const Index in_stride = product.in.outerStride(), out_stride = product.out.outerStride();
  const Index* const in_offsets = channel_offsets<T>(product.inputs, product.in_rows, in_stride, arena);
  const Index* const out_offsets = channel_offsets<T>(product.outputs, product.out_rows, out_stride, arena);
  const Index depth = product.inputs * stencil.taps();
  const Index events = product.in.cols();
  const Index fitting = first_level_cache / (depth * static_cast<Index>(sizeof(T)) + 1);
  const Index rows_at_once = (std::max)(Index{1}, fitting / convolution_rows) * convolution_rows;

  const auto at_pixel = [&](Index pixel, Index first, Index last) {
    std::array<TapOfPixel, Stencil::most_taps> taps;
    Index count = 0;
    for (Index t = 0; t < stencil.taps(); ++t) {
      const Index neighbour = stencil.neighbour(pixel, t);
      if (neighbour < 0) continue;
      taps[static_cast<std::size_t>(count++)] = {t * product.inputs, neighbour * product.in_rows.together * in_stride};
    }
    T* const out = product.out.data() + pixel * product.out_rows.together * out_stride;
    const Index panel = panel_packets(last - first) * packet_size<T>;
    for (Index n = 0; n < events; n += panel) {
      const Index width = (std::min)(panel, (events - n + packet_size<T> - 1) / packet_size<T> * packet_size<T>);
      for_convolution_blocks(first, last, [&](auto rows, Index r) {
        // A panel of 3 packets is one of 2 and one of 1.
        for (Index m = n; m < n + width;) {
          with_packets<T>(n + width - m == 3 * packet_size<T> ? 2 * packet_size<T> : n + width - m, [&](auto packets) {
            if constexpr (rows() <= narrow_rows || packets() <= 2) {
              convolve_block<rows(), packets(), T>(
                  product.weights + r * depth, product.bias ? product.bias + r : nullptr, product.adds, taps.data(),
                  taps.data() + count, product.in.data() + m, in_offsets, product.inputs, out + m, out_offsets + r);
            }
            m += packets() * packet_size<T>;
          });
        }
      });
      done(pixel, first, last - first, n, width);
    }
  };

  constexpr Index least_work = Index{1} << 20;
  const Index pixels = stencil.pixels();
  const int team = depth * product.outputs * events * pixels < least_work ? 1 : threads;
  for (Index first = 0; first < product.outputs; first += rows_at_once) {
    const Index last = (std::min)(product.outputs, first + rows_at_once);
    parallel_for(team == 1 ? 1 : pixels, team, [&](Index i, int) {
      if (team > 1) return at_pixel(i, first, last);
      for (Index pixel = 0; pixel < pixels; ++pixel) at_pixel(pixel, first, last);
    });
  }
}

}  // namespace bijou::detail

#pragma once

#include <bijou/numerics/convolution_product.hpp>
#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

// g++ remarks that a packet used as a template argument loses its alignment attribute, which is harmless here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// G[o, c, t] += sum over pixels p and events n of y[o, p, n] x[c, neighbour(p, t), n]: the gradient for the weights of
/// a convolution. One operand is transposed, so that its channels lie in packets; a block of G stays in registers for
/// all events of a few pixels. The gradient for the bias, the sum of y, is taken along while y is in the cache.
namespace bijou::detail {

/// Two pixels whose events are multiplied: where those of the operand in rows and of the transposed one begin.
struct PixelPair {
  Index row;
  Index transposed;
};

/// g(j, i) += sum over pairs and n of rows(j, n) transposed(n, i), for Rows rows j and Packets packets of i.
template <int Rows, int Packets, class T>
EIGEN_DONT_INLINE void add_gradient_block(const T* rows, const Index* row_offsets, const T* transposed, Index panel,
                                          const PixelPair* pair, const PixelPair* last, Index events, T* g,
                                          Index g_stride) {
  [&]<int... R>(std::integer_sequence<int, R...>) {
    constexpr std::make_integer_sequence<int, Packets> packets;
    BlockSums<T, Rows, Packets> block;
    (block.template set<R>(T(0), packets), ...);
    for (; pair != last; ++pair) {
      const T* const a[Rows] = {rows + pair->row + row_offsets[R]...};
      const T* b = transposed + pair->transposed;
      for (Index n = 0; n < events; ++n, b += panel) {
        Packet<T> right[Packets];
        [&]<int... P>(std::integer_sequence<int, P...>) { ((right[P] = load(b + P * packet_size<T>)), ...); }(packets);
        (block.template add_scaled<R>(a[R][n], right, packets), ...);
      }
    }
    (block.template add_row_to<R>(g + R * g_stride, packets), ...);
  }(std::make_integer_sequence<int, Rows>{});
}

/// out(n, i) = in(i, n) for one packet of channels i, of which `count` are there, and all events. Behind the last
/// channel are zeros. offsets: where the rows of the channels begin.
template <class T>
void transpose_packet(const T* in, const Index* offsets, Index count, Index events, T* out, Index out_stride) {
  constexpr Index size = packet_size<T>;
  for (Index n = 0; n < events; n += size) {
    Eigen::internal::PacketBlock<Packet<T>, static_cast<int>(size)> block;
    if (count >= size)
      for (Index j = 0; j < size; ++j) block.packet[j] = load(in + offsets[j] + n);
    else
      for (Index j = 0; j < size; ++j) block.packet[j] = j < count ? load(in + offsets[j] + n) : broadcast(T(0));
    if constexpr (size > 1) Eigen::internal::ptranspose(block);
    if (n + size <= events)
      for (Index j = 0; j < size; ++j) store(out + (n + j) * out_stride, block.packet[j]);
    else
      for (Index j = 0; j < events - n; ++j) store(out + (n + j) * out_stride, block.packet[j]);
  }
}

/// One side of the sums: channels at pixels.
template <class T>
struct GradientOperand {
  ConstTile<T> signal;
  SignalRows rows;
  Index channels;
  const Index* offsets;  // of the channels' rows at pixel 0

  GradientOperand(ConstTile<T> tile, SignalRows order, Index count, Arena& arena)
      : signal(tile),
        rows(order),
        channels(count),
        offsets(channel_offsets<T>(count, order, tile.outerStride(), arena)) {}
  Index begin(Index pixel) const { return pixel * rows.together * signal.outerStride(); }
};

/// Sums with the channels of one operand in rows, for each tap, and those of the other in packets.
template <class T>
class GradientSums {
 public:
  /// rows_are_outputs: whether `in_rows` is y and `in_packets` x, so that taps lead backwards.
  GradientSums(const Stencil& stencil, const GradientOperand<T>& in_rows, const GradientOperand<T>& in_packets,
               bool rows_are_outputs, int threads, Arena& arena)
      : stencil_(stencil),
        rows_(in_rows),
        packets_(in_packets),
        rows_are_outputs_(rows_are_outputs),
        events_(in_rows.signal.cols()) {
    constexpr Index size = packet_size<T>;
    const Index packets = (packets_.channels + size - 1) / size;
    packets_per_panel_ = (std::min)(packets > 2 ? Index{4} : packets, Index{rows_.channels <= narrow_rows ? 4 : 2});
    panel_ = packets_per_panel_ * size;
    panels_ = (packets_.channels + panel_ - 1) / panel_;
    // A block runs through the events of so many pixels at once: enough to amortise its sums, few enough that these
    // pixels stay in the first-level cache.
    pixels_at_once_ = (std::min)((std::max)(Index{1}, 128 / events_), stencil.pixels());
    const int team = (std::max)(threads, 1);
    buffer_size_ = pixels_at_once_ * events_ * panel_;
    buffers_ = arena.template row<T>(buffer_size_ * team).data();
    pairs_ = arena.template objects<PixelPair>(pixels_at_once_ * team);
    sums_.rebind(arena.template tile<T>(stencil.taps() * rows_.channels, panels_ * panel_));
    sums_.setZero();
    output_sums_.rebind(rows_are_outputs ? arena.template tile<T>(rows_.channels, size)
                                         : arena.template tile<T>(1, panels_ * panel_));
    output_sums_.setZero();
    constexpr Index least_work = Index{1} << 20;
    const Index work = rows_.channels * packets_.channels * stencil.taps() * stencil.pixels() * events_;
    parallel_for(panels_, work < least_work ? 1 : threads, [&](Index k, int thread) {
      add_panel(k, buffers_ + thread * buffer_size_, pairs_ + thread * pixels_at_once_);
    });
  }

  /// Row channel j, all packet channels of tap t.
  const T* row(Index t, Index j) const { return &sums_(t * rows_.channels + j, 0); }
  /// Of output o over all pixels and events.
  T output_sum(Index o) const { return rows_are_outputs_ ? output_sums_.row(o).sum() : output_sums_(0, o); }

 private:
  void add_panel(Index k, T* buffer, PixelPair* pairs) const {
    const Index taps = stencil_.taps(), pixels = stencil_.pixels();
    for (Index first = 0; first < pixels; first += pixels_at_once_) {
      const Index last = (std::min)(pixels, first + pixels_at_once_);
      for (Index pixel = first; pixel < last; ++pixel) {
        for (Index i = 0; i < panel_; i += packet_size<T>) {
          transpose_packet(packets_.signal.data() + packets_.begin(pixel), packets_.offsets + k * panel_ + i,
                           packets_.channels - k * panel_ - i, events_, buffer + begin(pixel - first) + i, panel_);
        }
      }
      if (!rows_are_outputs_)
        add_columns(buffer, (last - first) * events_, &output_sums_(0, k * panel_));
      else if (k == 0)
        add_rows(first, last);
      for (Index t = 0; t < taps; ++t) {
        Index count = 0;
        for (Index pixel = first; pixel < last; ++pixel) {
          const Index other = stencil_.neighbour(pixel, rows_are_outputs_ ? taps - 1 - t : t);
          if (other >= 0) pairs[count++] = {rows_.begin(other), begin(pixel - first)};
        }
        if (count > 0) add_tap(k, t, buffer, pairs, count);
      }
    }
  }

  void add_tap(Index k, Index t, const T* buffer, const PixelPair* pairs, Index count) const {
    for_convolution_blocks(0, rows_.channels, [&](auto block, Index j) {
      with_packets(packets_per_panel_, [&](auto width) {
        if constexpr ((block() <= narrow_rows || width() <= 2) && width() != 3) {
          add_gradient_block<block(), width(), T>(rows_.signal.data(), rows_.offsets + j, buffer, panel_, pairs,
                                                  pairs + count, events_, &sums_(t * rows_.channels + j, k * panel_),
                                                  sums_.outerStride());
        }
      });
    });
  }

  /// Sums of a panel's channels over transposed rows.
  void add_columns(const T* transposed, Index rows, T* sums) const {
    for (Index i = 0; i < panel_; i += packet_size<T>) {
      Simd<T> sum(load(sums + i));
      for (Index n = 0; n < rows; ++n) sum = sum + Simd<T>(load(transposed + n * panel_ + i));
      store(sums + i, sum.value);
    }
  }

  /// Sums of the rows of some pixels, whose packets are added up at the end.
  void add_rows(Index first, Index last) const {
    const Index whole = events_ - events_ % packet_size<T>;
    for (Index j = 0; j < rows_.channels; ++j) {
      T* const sums = &output_sums_(j, 0);
      Simd<T> sum(load(sums));
      for (Index pixel = first; pixel < last; ++pixel) {
        const T* const row = rows_.signal.data() + rows_.begin(pixel) + rows_.offsets[j];
        for (Index n = 0; n < whole; n += packet_size<T>) sum = sum + Simd<T>(load(row + n));
      }
      store(sums, sum.value);
      if (whole == events_) continue;
      for (Index pixel = first; pixel < last; ++pixel) {
        const T* const row = rows_.signal.data() + rows_.begin(pixel) + rows_.offsets[j];
        for (Index n = whole; n < events_; ++n) sums[n - whole] += row[n];
      }
    }
  }

  Index begin(Index pixel_of_buffer) const { return pixel_of_buffer * events_ * panel_; }

  const Stencil& stencil_;
  const GradientOperand<T>& rows_;
  const GradientOperand<T>& packets_;
  bool rows_are_outputs_;
  Index events_;
  Index packets_per_panel_;
  Index panel_;  // channels
  Index panels_;
  Index pixels_at_once_;
  Index buffer_size_;
  T* buffers_;
  PixelPair* pairs_;
  Tile<T> sums_{};
  Tile<T> output_sums_{};  // a packet of sums for each row, or one row of all channels in packets
};

/// What the sums cost with so many channels in rows and so many in packets: products, and ten for each packet that is
/// transposed.
template <class T>
Index gradient_cost(Index in_rows, Index in_packets, Index taps) {
  return (in_packets + packet_size<T> - 1) / packet_size<T> * (in_rows * taps + 10);
}

/// weight[o, c, t] += the sums above, for weight: outputs x inputs x taps, and bias[o] += the sum of y over pixels and
/// events. y: gradient for the outputs, x: inputs.
template <class T>
void add_convolution_gradient(const Stencil& stencil, Index outputs, Index inputs, ConstTile<T> y, SignalRows y_rows,
                              ConstTile<T> x, SignalRows x_rows, T* weight, T* bias, int threads, Arena& arena) {
  if (x.cols() == 0) return;
  const Arena::Frame frame(arena);
  const Index taps = stencil.taps();
  const GradientOperand<T> of_outputs(y, y_rows, outputs, arena), of_inputs(x, x_rows, inputs, arena);
  const bool rows_are_outputs = gradient_cost<T>(outputs, inputs, taps) <= gradient_cost<T>(inputs, outputs, taps);
  const GradientSums<T> sums(stencil, rows_are_outputs ? of_outputs : of_inputs,
                             rows_are_outputs ? of_inputs : of_outputs, rows_are_outputs, threads, arena);
  for (Index o = 0; o < outputs; ++o) {
    bias[o] += sums.output_sum(o);
    for (Index t = 0; t < taps; ++t) {
      for (Index c = 0; c < inputs; ++c)
        weight[(o * inputs + c) * taps + t] += rows_are_outputs ? sums.row(t, o)[c] : sums.row(t, c)[o];
    }
  }
}

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#pragma once

#include <bijou/numerics/convolution_product.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

// g++ remarks that a packet used as a template argument loses its alignment attribute, which is harmless here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// G[o, c, t] += sum over pixels p and events n of y[o, p, n] x[c, neighbour(p, t), n]: the gradient for the weights of
/// a convolution. The operand with more channels is transposed, so that its channels lie in packets; a block of G stays
/// in registers for all events of a few pixels.
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
  /// reversed: whether tap t leads from the pixels of `in_packets` to those of `in_rows` backwards.
  GradientSums(const Stencil& stencil, const GradientOperand<T>& in_rows, const GradientOperand<T>& in_packets,
               bool reversed, int threads, Arena& arena)
      : stencil_(stencil), rows_(in_rows), packets_(in_packets), reversed_(reversed), events_(in_rows.signal.cols()) {
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
    constexpr Index least_work = Index{1} << 20;
    const Index work = rows_.channels * packets_.channels * stencil.taps() * stencil.pixels() * events_;
    parallel_for(panels_, work < least_work ? 1 : threads, [&](Index k, int thread) {
      add_panel(k, buffers_ + thread * buffer_size_, pairs_ + thread * pixels_at_once_);
    });
  }

  /// Row channel j, all packet channels of tap t.
  const T* row(Index t, Index j) const { return &sums_(t * rows_.channels + j, 0); }

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
      for (Index t = 0; t < taps; ++t) {
        Index count = 0;
        for (Index pixel = first; pixel < last; ++pixel) {
          const Index other = stencil_.neighbour(pixel, reversed_ ? taps - 1 - t : t);
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

  Index begin(Index pixel_of_buffer) const { return pixel_of_buffer * events_ * panel_; }

  const Stencil& stencil_;
  const GradientOperand<T>& rows_;
  const GradientOperand<T>& packets_;
  bool reversed_;
  Index events_;
  Index packets_per_panel_;
  Index panel_;  // channels
  Index panels_;
  Index pixels_at_once_;
  Index buffer_size_;
  T* buffers_;
  PixelPair* pairs_;
  Tile<T> sums_{};
};

/// gradient[o, c, t] += the sums above, for gradient: outputs x inputs x taps. y: gradient for the outputs, x: inputs.
template <class T>
void add_weight_gradient(const Stencil& stencil, Index outputs, Index inputs, ConstTile<T> y, SignalRows y_rows,
                         ConstTile<T> x, SignalRows x_rows, T* gradient, int threads, Arena& arena) {
  if (x.cols() == 0) return;
  const Arena::Frame frame(arena);
  const Index taps = stencil.taps();
  const GradientOperand<T> of_outputs(y, y_rows, outputs, arena), of_inputs(x, x_rows, inputs, arena);
  if (inputs >= outputs) {
    const GradientSums<T> sums(stencil, of_outputs, of_inputs, true, threads, arena);
    for (Index o = 0; o < outputs; ++o) {
      for (Index t = 0; t < taps; ++t) {
        const T* const from = sums.row(t, o);
        for (Index c = 0; c < inputs; ++c) gradient[(o * inputs + c) * taps + t] += from[c];
      }
    }
  } else {
    const GradientSums<T> sums(stencil, of_inputs, of_outputs, false, threads, arena);
    for (Index o = 0; o < outputs; ++o) {
      for (Index c = 0; c < inputs; ++c) {
        for (Index t = 0; t < taps; ++t) gradient[(o * inputs + c) * taps + t] += sums.row(t, c)[o];
      }
    }
  }
}

/// bias_gradient[o] += sum over pixels and events of y[o, p, n].
template <class T>
void add_bias_gradient(Index outputs, ConstTile<T> y, SignalRows y_rows, T* bias_gradient) {
  constexpr Index together = 16;  // outputs at a time, whose rows at a pixel lie side by side in hidden layers
  const Index whole = y.cols() - y.cols() % packet_size<T>;
  for (Index first = 0; first < outputs; first += together) {
    const Index count = (std::min)(together, outputs - first);
    std::array<Simd<T>, together> sums;
    sums.fill(Simd<T>::of(0));
    std::array<T, together> rests{};
    for (Index pixel = 0; pixel < y_rows.pixels; ++pixel) {
      for (Index o = 0; o < count; ++o) {
        const auto at = static_cast<std::size_t>(o);
        const T* const row = y.data() + y_rows(first + o, pixel) * y.outerStride();
        for (Index n = 0; n < whole; n += packet_size<T>) sums[at] = sums[at] + Simd<T>(load(row + n));
        for (Index n = whole; n < y.cols(); ++n) rests[at] += row[n];
      }
    }
    for (Index o = 0; o < count; ++o) {
      const auto at = static_cast<std::size_t>(o);
      bias_gradient[first + o] += Eigen::internal::predux(sums[at].value) + rests[at];
    }
  }
}

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#pragma once

#include <bijou/numerics/convolution_product.hpp>
#include <algorithm>
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

/// Two pixels whose events are multiplied: where those of the row operand and of the transposed one begin, in numbers.
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

/// A signal with its channels in packets: panel after panel of `panel` channels, in each the pixels, in each the
/// events. Behind the last channel are zeros.
template <class T>
class TransposedSignal {
 public:
  TransposedSignal(ConstTile<T> signal, SignalRows rows, Index channels, Index panel, Arena& arena)
      : panel_(panel), pixels_(rows.pixels), events_(signal.cols()) {
    const Index panels = (channels + panel - 1) / panel;
    data_ = arena.template row<T>(panels * panel * pixels_ * events_).data();
    const Index* const offsets = channel_offsets<T>(channels, rows, signal.outerStride(), arena);
    for (Index k = 0; k < panels; ++k) {
      for (Index pixel = 0; pixel < pixels_; ++pixel) {
        const T* const in = signal.data() + pixel * rows.together * signal.outerStride();
        for (Index i = 0; i < panel; i += packet_size<T>) {
          transpose_packet(in, offsets + k * panel + i, channels - k * panel - i, data_ + begin(k, pixel) + i);
        }
      }
    }
  }

  const T* data() const { return data_; }
  Index begin(Index panel, Index pixel) const { return (panel * pixels_ + pixel) * events_ * panel_; }

 private:
  /// A packet of channels, of which `count` are there, for all events.
  void transpose_packet(const T* in, const Index* offsets, Index count, T* out) const {
    constexpr Index size = packet_size<T>;
    for (Index n = 0; n < events_; n += size) {
      Eigen::internal::PacketBlock<Packet<T>, static_cast<int>(size)> block;
      if (count >= size)
        for (Index j = 0; j < size; ++j) block.packet[j] = load(in + offsets[j] + n);
      else
        for (Index j = 0; j < size; ++j) block.packet[j] = j < count ? load(in + offsets[j] + n) : broadcast(T(0));
      if constexpr (size > 1) Eigen::internal::ptranspose(block);
      if (n + size <= events_)
        for (Index j = 0; j < size; ++j) store(out + (n + j) * panel_, block.packet[j]);
      else
        for (Index j = 0; j < events_ - n; ++j) store(out + (n + j) * panel_, block.packet[j]);
    }
  }

  T* data_;
  Index panel_;
  Index pixels_;
  Index events_;
};

/// gradient[o, c, t] += the sums above, for gradient: outputs x inputs x taps. y: gradient for the outputs, x: inputs.
template <class T>
void add_weight_gradient(const Stencil& stencil, Index outputs, Index inputs, ConstTile<T> y, SignalRows y_rows,
                         ConstTile<T> x, SignalRows x_rows, T* gradient, int threads, Arena& arena) {
  if (x.cols() == 0) return;
  const Arena::Frame frame(arena);
  const Index taps = stencil.taps(), pixels = stencil.pixels(), events = x.cols();
  const bool transposes_inputs = inputs >= outputs;
  const ConstTile<T> row_operand = transposes_inputs ? y : x;
  const SignalRows row_rows = transposes_inputs ? y_rows : x_rows;
  const Index rows = transposes_inputs ? outputs : inputs;
  const Index columns = transposes_inputs ? inputs : outputs;

  constexpr Index size = packet_size<T>;
  const Index packets = (columns + size - 1) / size;
  const Index panel = (std::min)(packets > 2 ? Index{4} : packets, Index{panel_packets(rows)}) * size;
  const TransposedSignal<T> transposed(transposes_inputs ? x : y, transposes_inputs ? x_rows : y_rows, columns, panel,
                                       arena);
  const Index panels = (columns + panel - 1) / panel;
  const Index* const offsets = channel_offsets<T>(rows, row_rows, row_operand.outerStride(), arena);
  const Index row_step = row_rows.together * row_operand.outerStride();
  Tile<T> sums = arena.template tile<T>(taps * rows, panels * panel);
  sums.setZero();

  // A block runs through the events of so many pixels at once: enough to amortise the sums, few enough that a panel
  // stays in the first-level cache.
  const Index pixels_at_once = (std::max)(Index{1}, 128 / events);
  PixelPair* const pairs = arena.template objects<PixelPair>(pixels_at_once);
  for (Index first = 0; first < pixels; first += pixels_at_once) {
    for (Index k = 0; k < panels; ++k) {
      for (Index t = 0; t < taps; ++t) {
        Index count = 0;
        for (Index pixel = first; pixel < (std::min)(pixels, first + pixels_at_once); ++pixel) {
          const Index other = stencil.neighbour(pixel, transposes_inputs ? taps - 1 - t : t);
          if (other >= 0) pairs[count++] = {other * row_step, transposed.begin(k, pixel)};
        }
        if (count == 0) continue;
        for_convolution_blocks(0, rows, [&](auto block, Index j) {
          with_packets<T>(panel, [&](auto width) {
            if constexpr (block() <= narrow_rows || width() <= 2) {
              add_gradient_block<block(), width(), T>(row_operand.data(), offsets + j, transposed.data(), panel, pairs,
                                                      pairs + count, events, &sums(t * rows + j, k * panel),
                                                      sums.outerStride());
            }
          });
        });
      }
    }
  }
  for (Index t = 0; t < taps; ++t) {
    for (Index j = 0; j < rows; ++j) {
      const T* const from = &sums(t * rows + j, 0);
      T* const to = gradient + (transposes_inputs ? j * inputs : j) * taps + t;
      const Index step = transposes_inputs ? taps : inputs * taps;
      for (Index i = 0; i < columns; ++i) to[i * step] += from[i];
    }
  }
  (void)threads;
}

/// bias_gradient[o] += sum over pixels and events of y[o, p, n].
template <class T>
void add_bias_gradient(Index outputs, ConstTile<T> y, SignalRows y_rows, T* bias_gradient) {
  for (Index pixel = 0; pixel < y_rows.pixels; ++pixel) {
    for (Index o = 0; o < outputs; ++o) bias_gradient[o] += y.row(y_rows(o, pixel)).sum();
  }
}

}  // namespace bijou::detail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

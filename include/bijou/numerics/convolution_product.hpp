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
/// Outputs that one block holds in registers, and packets of events of each of them, at most.
inline constexpr int convolution_rows = has_32_registers ? 8 : 6;
inline constexpr int convolution_packets = has_32_registers ? 3 : 2;
/// Up to so many outputs a block has four packets of events each.
inline constexpr int narrow_rows = has_32_registers ? 4 : 2;

/// The most packets of a panel of events for so many rows.
constexpr int panel_packets(Index rows) { return rows <= narrow_rows ? 4 : convolution_packets; }

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
  EIGEN_STRONG_INLINE void add_row(const T* from, Index step, std::integer_sequence<int, P...>) {
    ((sum[R][P] = Eigen::internal::padd(load(from + P * step), sum[R][P])), ...);
  }
  template <int R, int... P>
  EIGEN_STRONG_INLINE void store_row(T* to, Index step, std::integer_sequence<int, P...>) const {
    (store(to + P * step, sum[R][P]), ...);
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

/// Calls body(packets constant) for 1 to 4 packets.
template <class Body>
EIGEN_STRONG_INLINE void with_packets(Index packets, Body&& body) {
  if (packets == 1)
    body(std::integral_constant<int, 1>{});
  else if (packets == 2)
    body(std::integral_constant<int, 2>{});
  else if (packets == 3)
    body(std::integral_constant<int, 3>{});
  else
    body(std::integral_constant<int, 4>{});
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
    const T* const from = weight + r * row_step;
    for (Index t = 0; t < taps; ++t) {
      const T* const of_tap = from + (transposed ? taps - 1 - t : t);
      T* const to = out + t * columns * block();
      for (Index c = 0; c < columns; ++c) {
        for (Index i = 0; i < block(); ++i) to[c * block() + i] = of_tap[i * row_step + c * column_step];
      }
    }
  });
}

/// Rows that a block multiplies one after the other, with weights that follow each other: `count` rows at
/// rows[offsets[i]], numbered in the weights of one output from `weight` on.
struct ConvolutionRun {
  Index weight;
  Index in;
  const Index* offsets;
  Index count;
};

/// One block of a convolution: Rows outputs and Packets packets, of events at one pixel or each of the next pixel. The
/// packets of a row begin at so many numbers from each other, in x and in y.
template <int Rows, int Packets, class T>
EIGEN_DONT_INLINE void convolve_block(const T* weights, const T* bias, bool adds, const ConvolutionRun* run,
                                      const ConvolutionRun* last, const T* in, Index in_step, T* out, Index out_step,
                                      const Index* out_offsets) {
  [&]<int... R>(std::integer_sequence<int, R...>) {
    constexpr std::make_integer_sequence<int, Packets> packets;
    BlockSums<T, Rows, Packets> block;
    (block.template set<R>(bias ? bias[R] : T(0), packets), ...);
    if (adds) (block.template add_row<R>(out + out_offsets[R], out_step, packets), ...);
    for (; run != last; ++run) {
      const T* w = weights + run->weight * Rows;
      const T* const x = in + run->in;
      const Index* const offsets = run->offsets;
      const Index count = run->count;
      for (Index i = 0; i < count; ++i, w += Rows) {
        const T* const row = x + offsets[i];
        Packet<T> right[Packets];
        [&]<int... P>(std::integer_sequence<int, P...>) { ((right[P] = load(row + P * in_step)), ...); }(packets);
        (block.template add_scaled<R>(w[R], right, packets), ...);
      }
    }
    (block.template store_row<R>(out + out_offsets[R], out_step, packets), ...);
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

/// What a convolution calls when the outputs of one pixel are there for a panel of events, still hot:
/// done(pixel, first event, events). Events are counted up to the end of a packet.
using OutputsDone = FunctionRef<void(Index, Index, Index)>;

/// Distances of the rows of channels at pixel 0 from the first row, in numbers.
template <class T>
const Index* channel_offsets(Index channels, const SignalRows& rows, Index stride, Arena& arena) {
  Index* const offsets = arena.objects<Index>(channels);
  for (Index c = 0; c < channels; ++c) offsets[c] = rows.of_channel(c) * stride;
  return offsets;
}

/// The runs of a pixel, as few as there can be, in pieces.
template <class T>
class RunsOfPixel {
 public:
  /// For few inputs, the rows of all taps are listed for each pixel, so that taps that follow each other are one run.
  static constexpr Index few_inputs = 16;

  /// scratch: room for the rows of all taps of one pixel, if there are few inputs. offsets: those of the rows of a
  /// pixel and of its neighbours in x.
  RunsOfPixel(const ConvolutionProduct<T>& product, Index pixel, const Index* offsets, Index* scratch) {
    const Stencil& stencil = product.stencil;
    const Index inputs = product.inputs;
    const Index pixel_step = product.in_rows.together * product.in.outerStride();
    const bool lists = inputs <= few_inputs;
    const bool joins = lists || joins_neighbours(product);
    Index last_neighbour = -2;
    for (Index t = 0; t < stencil.taps(); ++t) {
      const Index neighbour = stencil.neighbour(pixel, t);
      if (neighbour < 0) continue;
      if (lists) {
        for (Index c = 0; c < inputs; ++c) scratch[t * inputs + c] = offsets[c] + neighbour * pixel_step;
      }
      const bool follows = count_ > 0 && back().weight + back().count == t * inputs;
      if (follows && joins && (lists || neighbour == last_neighbour + 1))
        back().count += inputs;
      else
        runs_[static_cast<std::size_t>(count_++)] = {t * inputs, lists ? 0 : neighbour * pixel_step,
                                                     lists ? scratch + t * inputs : offsets, inputs};
      last_neighbour = neighbour;
      total_ += inputs;
    }
  }

  /// Whether the rows of neighbours in x follow each other, as pixel after pixel.
  static bool joins_neighbours(const ConvolutionProduct<T>& product) {
    return product.in_rows.together == product.inputs && product.stencil.dilation == 1;
  }

  /// Calls body(first run, last run, whether it is the first piece) for pieces of at most so many rows.
  template <class Body>
  void for_pieces(Index rows_at_once, Body&& body) const {
    const Index pieces = (std::max)(Index{1}, (total_ + rows_at_once - 1) / rows_at_once);
    const Index piece = (total_ + pieces - 1) / pieces;
    std::array<ConvolutionRun, Stencil::most_taps> runs;
    Index run = 0, used = 0;
    for (Index k = 0; k < pieces; ++k) {
      Index count = 0;
      for (Index room = piece; room > 0 && run < count_;) {
        const ConvolutionRun& all = runs_[static_cast<std::size_t>(run)];
        const Index taken = (std::min)(room, all.count - used);
        runs[static_cast<std::size_t>(count++)] = {all.weight + used, all.in, all.offsets + used, taken};
        room -= taken;
        used += taken;
        if (used == all.count) ++run, used = 0;
      }
      body(runs.data(), runs.data() + count, k == 0);
    }
  }

 private:
  ConvolutionRun& back() { return runs_[static_cast<std::size_t>(count_ - 1)]; }

  std::array<ConvolutionRun, Stencil::most_taps> runs_;
  Index count_ = 0;
  Index total_ = 0;  // rows
};

/// The convolution, pixels on at most `threads` threads. At each pixel, for a panel of events: as many rows of x at a
/// time as stay in the first-level cache while all outputs run through them. Where events are one packet, pixels whose
/// neighbours are next to each other stand in for the other packets of a panel.
template <class T>
void convolve(const ConvolutionProduct<T>& product, int threads, Arena& arena, OutputsDone done) {
  constexpr Index cache = 24 << 10;  // bytes of the first-level cache for these rows
  const Arena::Frame frame(arena);
  const Stencil& stencil = product.stencil;
  const Index in_stride = product.in.outerStride(), out_stride = product.out.outerStride();
  // Runs over neighbours that follow each other go on behind the rows of a pixel.
  const Index reach = RunsOfPixel<T>::joins_neighbours(product) ? product.inputs * stencil.taps() : product.inputs;
  Index* const in_offsets = arena.objects<Index>(reach);
  for (Index c = 0; c < reach; ++c) {
    in_offsets[c] = c < product.inputs ? product.in_rows.of_channel(c) * in_stride : c * in_stride;
  }
  const Index* const out_offsets = channel_offsets<T>(product.outputs, product.out_rows, out_stride, arena);
  const Index depth = product.inputs * stencil.taps();
  // Panels of as many packets as possible, all alike.
  const Index packets = (product.in.cols() + packet_size<T> - 1) / packet_size<T>;
  const Index most_packets = panel_packets(product.outputs);
  const Index panels = (packets + most_packets - 1) / most_packets;
  const Index rows_at_once = cache / (most_packets * packet_size<T> * static_cast<Index>(sizeof(T)));
  const Index scratch = product.inputs <= RunsOfPixel<T>::few_inputs ? depth : 0;
  Index* const scratches = arena.objects<Index>(scratch * (std::max)(threads, 1));

  const Index pixels = stencil.pixels();
  const Index in_pixel = product.in_rows.together * in_stride, out_pixel = product.out_rows.together * out_stride;
  const Index most_pixels = packets == 1 ? most_packets : 1;  // of one panel

  const auto at_pixels = [&](Index pixel, Index count_of_pixels, int thread) {
    const RunsOfPixel<T> runs(product, pixel, in_offsets, scratches + thread * scratch);
    const bool is_one = count_of_pixels == 1;
    const Index in_step = is_one ? packet_size<T> : in_pixel, out_step = is_one ? packet_size<T> : out_pixel;
    T* const out = product.out.data() + pixel * out_pixel;
    for (Index k = 0; k < panels; ++k) {
      const Index begin = k * packets / panels, width = (k + 1) * packets / panels - begin;
      const Index n = begin * packet_size<T>;
      runs.for_pieces(rows_at_once, [&](const ConvolutionRun* first, const ConvolutionRun* last, bool is_first) {
        for_convolution_blocks(0, product.outputs, [&](auto rows, Index r) {
          with_packets(is_one ? width : count_of_pixels, [&](auto count) {
            if constexpr (rows() <= narrow_rows || count() <= convolution_packets) {
              convolve_block<rows(), count(), T>(product.weights + r * depth,
                                                 product.bias && is_first ? product.bias + r : nullptr,
                                                 product.adds || !is_first, first, last, product.in.data() + n, in_step,
                                                 out + n, out_step, out_offsets + r);
            }
          });
        });
      });
      for (Index j = 0; j < count_of_pixels; ++j) done(pixel + j, n, width * packet_size<T>);
    }
  };
  /// From most_pixels * i on.
  const auto at_group = [&](Index i, int thread) {
    const Index last = (std::min)((i + 1) * most_pixels, pixels);
    for (Index pixel = i * most_pixels; pixel < last;) {
      Index count = 1;
      while (pixel + count < last && stencil.neighbours_follow(pixel + count)) ++count;
      at_pixels(pixel, count, thread);
      pixel += count;
    }
  };

  constexpr Index least_work = Index{1} << 20;
  const Index groups = (pixels + most_pixels - 1) / most_pixels;
  if (threads == 1 || depth * product.outputs * product.in.cols() * pixels < least_work)
    for (Index i = 0; i < groups; ++i) at_group(i, 0);
  else
    parallel_for(groups, threads, at_group);
}

}  // namespace bijou::detail

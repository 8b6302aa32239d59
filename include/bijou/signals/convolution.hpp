#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/numerics/convolution_gradient.hpp>
#include <bijou/numerics/convolution_product.hpp>
#include <bijou/numerics/stencil.hpp>
#include <bijou/signals/convolution_weights.hpp>
#include <bijou/signals/signal_shape.hpp>

namespace bijou {

/// The size of the kernel of a convolution. Where a signal has a height of 1, so has the kernel.
struct Kernel {
  Index size = 3;      // odd
  Index dilation = 1;  // distance of the pixels that it reads
};

/// A layer of the networks of flows on images and sounds: output o at pixel p from inputs c and taps k, with the
/// dilation d and zeros outside of the signal.
///
/// @f[ y_{o,p} = b_o + \sum_c \sum_k w_{ock}\, x_{c,\, p + (k - \lfloor K/2 \rfloor) d} @f]
///
/// T: float or double. Weights: FreeWeights, NormalizedWeights (weight norm) or ZeroWeights (Glow's zero start). Tiles
/// hold the rows of a signal in an order that SignalRows gives. They must have whole packets in each row, which those
/// of Arena::tile have. Throws std::invalid_argument for a kernel of even size.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Convolution<float> layer{{.channels = 3, .height = 8, .width = 8}, 64, {.size = 3}, rng};
/// const auto count = layer.parameter_count();  // 64 * 3 * 9 + 64
/// @endcode
template <class T, template <class> class Weights = FreeWeights>
class Convolution : public Weights<T> {
 public:
  using Scalar = T;
  static constexpr const char* name = "Convolution";
  using Weights<T>::in_use;
  using Weights<T>::outputs;

  template <class Rng>
  Convolution(const SignalShape& input, Index output_channels, Kernel kernel, Rng& rng)
      : Weights<T>(output_channels, detail::require_shape(name, input).channels * stencil_of(input, kernel).taps(),
                   rng),
        stencil_(stencil_of(input, kernel)),
        inputs_(input.channels) {}

  /// Channels that it reads.
  Index inputs() const { return inputs_; }
  /// The pixels and the neighbours that are read around each.
  const detail::Stencil& stencil() const { return stencil_; }
  /// Rows of a tile in the order of events, channel after channel.
  detail::SignalRows event_rows() const { return {stencil_.pixels(), 1}; }
  /// Rows of a tile of outputs pixel after pixel.
  detail::SignalRows output_rows() const { return {stencil_.pixels(), outputs()}; }

  /// y = b + w * x; done is called as outputs are there.
  void evaluate(ConstTile<T> x, detail::SignalRows x_rows, Tile<T> y, detail::SignalRows y_rows, int threads,
                Arena& arena, detail::OutputsDone done) const {
    multiply(false, false, x, x_rows, y, y_rows, threads, arena, done);
  }
  /// y += b + w * x.
  void evaluate_and_add(ConstTile<T> x, detail::SignalRows x_rows, Tile<T> y, detail::SignalRows y_rows, int threads,
                        Arena& arena, detail::OutputsDone done) const {
    multiply(false, true, x, x_rows, y, y_rows, threads, arena, done);
  }

  /// x = dL/dx of y = dL/dy; done is called as inputs are there.
  void pull_back(ConstTile<T> y, detail::SignalRows y_rows, Tile<T> x, detail::SignalRows x_rows, int threads,
                 Arena& arena, detail::OutputsDone done) const {
    multiply(true, false, y, y_rows, x, x_rows, threads, arena, done);
  }
  /// x += dL/dx of y = dL/dy.
  void pull_back_and_add(ConstTile<T> y, detail::SignalRows y_rows, Tile<T> x, detail::SignalRows x_rows, int threads,
                         Arena& arena) const {
    multiply(true, true, y, y_rows, x, x_rows, threads, arena, nothing);
  }

  /// Has nothing to do when outputs are there.
  struct Nothing {
    void operator()(Index, Index, Index) const {}  // does nothing
  };
  static constexpr Nothing nothing{};  // one of them

  /// Adds dL/d(members) of y = dL/dy and the inputs x, at the place of this layer in a flat gradient.
  void add_gradient(ConstTile<T> y, detail::SignalRows y_rows, ConstTile<T> x, detail::SignalRows x_rows, T* gradient,
                    int threads, Arena& arena) const {
    Weights<T>::add_gradient(gradient, arena, [&](T* d_weight, T* d_bias) {
      detail::add_convolution_gradient<T>(stencil_, outputs(), inputs_, y, y_rows, x, x_rows, d_weight, d_bias, threads,
                                          arena);
    });
  }

 private:
  static detail::Stencil stencil_of(const SignalShape& input, Kernel kernel) {
    const bool is_sound = input.height == 1;
    const Index taps = is_sound ? kernel.size : kernel.size * kernel.size;
    if (kernel.size < 1 || kernel.size % 2 == 0 || taps > detail::Stencil::most_taps) {
      detail::throw_invalid_argument(name, "expected a kernel of odd size with at most ", detail::Stencil::most_taps,
                                     " taps, got one of size ", kernel.size);
    }
    if (kernel.dilation < 1) {
      detail::throw_invalid_argument(name, "expected a dilation of at least 1, got ", kernel.dilation);
    }
    return {input.height, input.width, is_sound ? 1 : kernel.size, kernel.size, kernel.dilation};
  }

  void multiply(bool back, bool adds, ConstTile<T> in, detail::SignalRows in_rows, Tile<T> out,
                detail::SignalRows out_rows, int threads, Arena& arena, detail::OutputsDone done) const {
    const Arena::Frame frame(arena);
    const detail::WeightsInUse<T> weights = in_use(arena);
    const T* const numbers = packed(weights, back, arena);
    if (back)
      detail::convolve<T>({stencil_, outputs(), inputs_, numbers, nullptr, adds, in, in_rows, out, out_rows}, threads,
                          arena, done);
    else
      detail::convolve<T>({stencil_, inputs_, outputs(), numbers, weights.bias, adds, in, in_rows, out, out_rows},
                          threads, arena, done);
  }

  const T* packed(const detail::WeightsInUse<T>& weights, bool transposed, Arena& arena) const {
    const Index taps = stencil_.taps();
    T* const numbers = arena.template row<T>(outputs() * inputs_ * taps).data();
    detail::pack_weights(weights.weight, outputs(), inputs_, taps, transposed, numbers);
    return numbers;
  }

  detail::Stencil stencil_;
  Index inputs_;
};

}  // namespace bijou

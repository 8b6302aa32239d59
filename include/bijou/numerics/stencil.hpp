#pragma once

#include <bijou/core/index.hpp>

namespace bijou::detail {

/// Where the channels of a signal stand in the rows of a tile. Those of `together` consecutive channels lie side by
/// side at each pixel: row = ((channel / together) * pixels + pixel) * together + channel % together. 1 is channel
/// after channel, as in events; the number of channels is pixel after pixel, as in hidden layers; K in between, as in
/// the parameters of transformers.
struct SignalRows {
  Index pixels;
  Index together;

  constexpr Index of_channel(Index channel) const {
    return channel / together * pixels * together + channel % together;
  }
  constexpr Index operator()(Index channel, Index pixel) const { return of_channel(channel) + pixel * together; }
};

/// The neighbours that a convolution reads around each pixel: kernel_height x kernel_width of them (odd numbers), so
/// many pixels apart. Neighbours outside of the signal are zeros.
struct Stencil {
  Index height;
  Index width;
  Index kernel_height = 1;
  Index kernel_width = 1;
  Index dilation = 1;

  static constexpr Index most_taps = 121;

  constexpr Index pixels() const { return height * width; }
  constexpr Index taps() const { return kernel_height * kernel_width; }

  /// The pixel that tap t of `pixel` reads, or -1 outside. Tap taps() - 1 - t leads back.
  constexpr Index neighbour(Index pixel, Index tap) const {
    const Index y = pixel / width + (tap / kernel_width - kernel_height / 2) * dilation;
    const Index x = pixel % width + (tap % kernel_width - kernel_width / 2) * dilation;
    return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
  }
  /// Whether each neighbour of `pixel`, which is not 0, is the one behind that of the pixel before.
  constexpr bool neighbours_follow(Index pixel) const {
    if (taps() == 1) return true;
    const Index x = pixel % width;
    bool follow = x != 0;
    for (Index k = 1; k <= kernel_width / 2; ++k) follow &= x != k * dilation && x != width - k * dilation;
    return follow;
  }
};

}  // namespace bijou::detail

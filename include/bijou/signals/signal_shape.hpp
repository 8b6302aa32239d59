#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <string>
#include <string_view>

namespace bijou {

/// The shape of an event that is an image or a sound: row (channel * height + y) * width + x of the event holds the
/// number of a channel at pixel (y, x), as in torch. A sound has a height of 1; its width is its length in samples.
///
/// @code{.cpp}
/// constexpr bijou::SignalShape digits{.channels = 1, .height = 8, .width = 8};
/// static_assert(digits.size() == 64);
/// @endcode
struct SignalShape {
  /// Colours, say; 1 for a mono sound.
  Index channels = 1;
  /// Rows of pixels; 1 for a sound.
  Index height = 1;
  /// Columns of pixels, or samples of a sound.
  Index width = 1;

  /// Pixels of one channel.
  constexpr Index pixels() const { return height * width; }
  /// Rows of the event.
  constexpr Index size() const { return channels * pixels(); }
  /// The same pixels with another number of channels.
  constexpr SignalShape with_channels(Index count) const { return {count, height, width}; }

  friend constexpr bool operator==(const SignalShape&, const SignalShape&) = default;
};

namespace detail {

/// "3 x 8 x 8": channels, height, width.
inline std::string text_of(const SignalShape& shape) {
  return joined({shape.channels, " x ", shape.height, " x ", shape.width});
}

/// The same shape; throws std::invalid_argument for one without channels or pixels.
inline SignalShape require_shape(std::string_view caller, const SignalShape& shape) {
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1) {
    throw_invalid_argument(caller, "a signal needs at least one channel and one pixel, got ", text_of(shape));
  }
  return shape;
}

/// Refuses what no network of signals has: `channels` of outputs with `parameters` each, and hidden layers of `width`.
inline void require_network(std::string_view caller, const SignalShape& input, Index channels, Index parameters,
                            Index width) {
  require_shape(caller, input);
  if (channels < 1 || parameters < 1) {
    throw_invalid_argument(caller, "expected at least one channel with one parameter to give, got ", channels, " and ",
                           parameters);
  }
  if (width < 1) throw_invalid_argument(caller, "expected a width of at least 1, got ", width);
}

}  // namespace detail
}  // namespace bijou

#pragma once

#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/signals/signal_shape.hpp>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

/// Squeezes, checkerboards and orders of channels: permutations of the coordinates of an event with a shape, with a
/// log-det of 0.
namespace bijou {

namespace detail {

/// By how much a squeeze divides the height: audio, of height 1, has none to divide.
inline Index squeezed_rows(SignalShape shape, Index factor) { return shape.height == 1 ? 1 : factor; }

inline void require_squeeze(std::string_view caller, SignalShape shape, Index factor) {
  require_shape(caller, shape);
  if (factor < 1) throw_invalid_argument(caller, "expected a factor of at least 1, got ", factor);
  if (shape.height % squeezed_rows(shape, factor) != 0 || shape.width % factor != 0) {
    throw_invalid_argument(caller, "expected a height and a width that ", factor, " divides, got ", shape.height, " x ",
                           shape.width);
  }
}

}  // namespace detail

/// The shape that squeeze gives a signal of this shape: C x H x W becomes C f^2 x H/f x W/f, audio C f x 1 x W/f.
/// Throws std::invalid_argument unless f divides H and W.
inline SignalShape squeezed(SignalShape shape, Index factor = 2) {
  detail::require_squeeze("squeezed", shape, factor);
  const Index rows = detail::squeezed_rows(shape, factor);
  return {shape.channels * rows * factor, shape.height / rows, shape.width / factor};
}

/// Space becomes channels: number (channel, y, x) of the output is that of the input at the right, or (channel, x) of
/// audio (torch's pixel_unshuffle, and the squeeze of most Glow programs, which run it from data to noise). Throws
/// std::invalid_argument unless f divides height and width.
///
/// @f[
///   \text{out}_{c f^2 + f d_y + d_x,\, y,\, x} = \text{in}_{c,\, f y + d_y,\, f x + d_x}, \qquad \text{out}_{c f +
///   d_x,\, x} = \text{in}_{c,\, f x + d_x}
/// @f]
///
/// @code{.cpp}
/// const bijou::SignalShape digits{1, 8, 8};
/// const bijou::Permute<Eigen::Dynamic> squeeze = bijou::squeeze(digits);  // to 4 x 4 x 4
/// const Eigen::VectorXf corners = squeeze.forward(Eigen::VectorXf(Eigen::VectorXf::LinSpaced(64, 0.0f, 63.0f)));
/// @endcode
inline Permute<Eigen::Dynamic> squeeze(SignalShape shape, Index factor = 2) {
  detail::require_squeeze("squeeze", shape, factor);
  const SignalShape out = squeezed(shape, factor);
  std::vector<int> order;
  order.reserve(static_cast<std::size_t>(out.size()));
  const Index rows = detail::squeezed_rows(shape, factor);
  for (Index channel = 0; channel < out.channels; ++channel) {
    const Index c = channel / (rows * factor), dy = channel / factor % rows, dx = channel % factor;
    for (Index y = 0; y < out.height; ++y) {
      for (Index x = 0; x < out.width; ++x) {
        order.push_back(static_cast<int>((c * shape.height + rows * y + dy) * shape.width + factor * x + dx));
      }
    }
  }
  return Permute<Eigen::Dynamic>(std::move(order));
}

/// The inverse of squeeze(shape, factor): on the data side of a level of a flow, whose noise is squeezed, so that the
/// level's inverse, from data to noise, squeezes. shape: that of the output.
inline Permute<Eigen::Dynamic> unsqueeze(SignalShape shape, Index factor = 2) {
  detail::require_squeeze("unsqueeze", shape, factor);
  const Permute<Eigen::Dynamic> there = squeeze(shape, factor);
  std::vector<int> order(there.indices().size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[static_cast<std::size_t>(there.indices()[i])] = static_cast<int>(i);
  return Permute<Eigen::Dynamic>(std::move(order));
}

/// The coordinates of the pixels with an even x + y, then those of the others, both as signals of half the width: for
/// OnSlice around a coupling whose network sees a signal of C x H x W/2 (Dinh et al. 2017, section 3.4, with the two
/// colours packed in place of a mask). odd_first: the other colour passes. Throws std::invalid_argument for an odd
/// width.
inline std::vector<int> checkerboard(SignalShape shape, bool odd_first = false) {
  detail::require_shape("checkerboard", shape);
  if (shape.width % 2 != 0) detail::throw_invalid_argument("checkerboard", "expected an even width, got ", shape.width);
  std::vector<int> passed;
  for (Index i = 0; i < shape.size(); ++i) {
    const Index x = i % shape.width, y = i / shape.width % shape.height;
    if ((x + y) % 2 == Index{odd_first}) passed.push_back(static_cast<int>(i));
  }
  return first_then_others(shape.size(), std::move(passed));
}

/// All coordinates in the order of these channels, a list of all of them: for Permute or OnSlice. Throws
/// std::invalid_argument unless each channel is named once.
inline std::vector<int> channel_order(SignalShape shape, const std::vector<int>& channels) {
  detail::require_shape("channel_order", shape);
  detail::require_size("channel_order", "channels", shape.channels, static_cast<Index>(channels.size()));
  detail::require_coordinate_list("channel_order", shape.channels, channels);
  std::vector<int> order;
  for (const int channel : channels) {
    for (Index p = 0; p < shape.pixels(); ++p) order.push_back(static_cast<int>(channel * shape.pixels() + p));
  }
  return order;
}

}  // namespace bijou

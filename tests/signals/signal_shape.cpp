#include <bijou/signals/signal_shape.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using bijou::SignalShape;

TEST_CASE("SignalShape: sizes", "[signal_shape]") {
  constexpr SignalShape image{.channels = 3, .height = 4, .width = 5};
  static_assert(image.pixels() == 20);
  static_assert(image.size() == 60);
  static_assert(image.with_channels(2) == SignalShape{2, 4, 5});
  static_assert(SignalShape{.width = 7}.size() == 7);
  CHECK(bijou::detail::text_of(image) == "3 x 4 x 5");
}

TEST_CASE("SignalShape: needs a channel and a pixel", "[signal_shape]") {
  CHECK(bijou::detail::require_shape("Test", {1, 1, 1}) == SignalShape{});
  for (const SignalShape& bad : {SignalShape{0, 2, 3}, SignalShape{2, 0, 3}, SignalShape{2, 3, -1}}) {
    CHECK(message_of([&] { bijou::detail::require_shape("Test", bad); }) ==
          "Test: a signal needs at least one channel and one pixel, got " + bijou::detail::text_of(bad));
  }
}

#include <bijou/numerics/stencil.hpp>
#include <set>

#include "support/catch.hpp"

using bijou::Index;
using bijou::detail::SignalRows;
using bijou::detail::Stencil;

TEST_CASE("SignalRows: channel after channel, pixel after pixel, and between", "[stencil]") {
  const SignalRows event{6, 1}, hidden{6, 4}, parameters{6, 2};
  for (Index c = 0; c < 4; ++c) {
    for (Index p = 0; p < 6; ++p) {
      CHECK(event(c, p) == c * 6 + p);
      CHECK(hidden(c, p) == p * 4 + c);
      CHECK(parameters(c, p) == (c / 2 * 6 + p) * 2 + c % 2);
    }
  }
  std::set<Index> rows;
  for (Index c = 0; c < 4; ++c) {
    for (Index p = 0; p < 6; ++p) rows.insert(parameters(c, p));
  }
  CHECK(rows.size() == 24);
}

TEST_CASE("Stencil: neighbours and the way back", "[stencil]") {
  const Stencil image{.height = 3, .width = 4, .kernel_height = 3, .kernel_width = 3};
  CHECK(image.taps() == 9);
  CHECK(image.neighbour(5, 4) == 5);
  CHECK(image.neighbour(5, 0) == 0);
  CHECK(image.neighbour(5, 5) == 6);
  CHECK(image.neighbour(0, 3) == -1);
  CHECK(image.neighbour(3, 5) == -1);
  const Stencil sound{.height = 1, .width = 9, .kernel_width = 3, .dilation = 4};
  CHECK(sound.taps() == 3);
  CHECK(sound.neighbour(4, 0) == 0);
  CHECK(sound.neighbour(4, 2) == 8);
  CHECK(sound.neighbour(3, 0) == -1);
  for (const Stencil& stencil : {image, sound}) {
    for (Index p = 0; p < stencil.pixels(); ++p) {
      for (Index t = 0; t < stencil.taps(); ++t) {
        const Index q = stencil.neighbour(p, t);
        if (q >= 0) CHECK(stencil.neighbour(q, stencil.taps() - 1 - t) == p);
      }
    }
  }
}

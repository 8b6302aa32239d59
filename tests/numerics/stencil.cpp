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

TEST_CASE("Stencil: where the neighbours of a pixel are those behind the neighbours of the one before", "[stencil]") {
  for (const Stencil& stencil :
       {Stencil{3, 4, 3, 3, 1}, Stencil{2, 9, 3, 3, 2}, Stencil{1, 11, 1, 3, 4}, Stencil{1, 12, 1, 5, 2},
        Stencil{1, 3, 1, 3, 8}, Stencil{3, 1, 3, 3, 1}, Stencil{3, 2, 1, 1, 1}}) {
    for (Index p = 1; p < stencil.pixels(); ++p) {
      bool expected = true;
      for (Index t = 0; t < stencil.taps(); ++t) {
        const Index before = stencil.neighbour(p - 1, t), here = stencil.neighbour(p, t);
        expected &= before < 0 ? here < 0 : here == before + 1;
      }
      // Two rows of one kernel may follow each other where nothing tells them apart.
      CHECK((stencil.neighbours_follow(p) == expected || (expected && p % stencil.width == 0)));
    }
  }
}

#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/numerics/convolution_gradient.hpp>
#include <bijou/numerics/convolution_product.hpp>
#include <bijou/numerics/random.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"

/// Convolutions by the kernels of the library and by loops over all indices.
namespace convolutions {

using bijou::Index;
using bijou::Tile;
using bijou::detail::SignalRows;
using bijou::detail::Stencil;

/// One convolution and the orders of its rows: `together` of the inputs and of the outputs, 0 for pixel after pixel.
struct Case {
  Stencil stencil;
  Index inputs;
  Index outputs;
  Index inputs_together;
  Index outputs_together;
  Index events;

  SignalRows in() const { return {stencil.pixels(), inputs_together == 0 ? inputs : inputs_together}; }
  SignalRows out() const { return {stencil.pixels(), outputs_together == 0 ? outputs : outputs_together}; }
  std::string text() const {
    return std::to_string(inputs) + " -> " + std::to_string(outputs) + " channels, " + std::to_string(stencil.height) +
           " x " + std::to_string(stencil.width) + " pixels, kernel " + std::to_string(stencil.kernel_height) + " x " +
           std::to_string(stencil.kernel_width) + ", dilation " + std::to_string(stencil.dilation) + ", " +
           std::to_string(events) + " events";
  }
};

inline std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const Index events : {1, 3, 16, 37, 128}) {
    cases.push_back({{1, 7, 1, 3, 1}, 2, 3, 1, 1, events});
    cases.push_back({{1, 9, 1, 3, 2}, 3, 5, 0, 0, events});
    cases.push_back({{1, 11, 1, 3, 4}, 5, 7, 0, 1, events});
    cases.push_back({{3, 4, 3, 3, 1}, 2, 9, 1, 0, events});
    cases.push_back({{3, 4, 3, 3, 1}, 9, 4, 0, 2, events});
    cases.push_back({{4, 3, 3, 3, 2}, 17, 18, 0, 0, events});
    cases.push_back({{2, 2, 3, 3, 1}, 1, 1, 1, 1, events});
    cases.push_back({{2, 3, 1, 1, 1}, 20, 6, 0, 3, events});
    cases.push_back({{5, 5, 5, 5, 1}, 6, 12, 2, 4, events});
  }
  cases.push_back({{3, 3, 3, 3, 1}, 70, 40, 0, 0, 21});  // more rows than stay in the first-level cache
  cases.push_back({{1, 3, 1, 1, 1}, 260, 4, 0, 0, 50});
  cases.push_back({{2, 3, 1, 1, 1}, 1, 4, 1, 2, 21});
  return cases;
}

template <class T>
struct Numbers {
  explicit Numbers(const Case& c)
      : x(arena.tile<T>(c.inputs * c.stencil.pixels(), c.events)),
        y(arena.tile<T>(c.outputs * c.stencil.pixels(), c.events)),
        weight(static_cast<std::size_t>(c.outputs * c.inputs * c.stencil.taps())),
        bias(static_cast<std::size_t>(c.outputs)) {
    std::mt19937_64 rng{17};
    const auto draw = [&] { return static_cast<T>(2 * bijou::uniform(rng) - 1); };
    for (const Tile<T>& tile : {x, y}) {
      for (Index i = 0; i < tile.rows(); ++i) {
        // What lies behind the events may be anything.
        for (Index n = 0; n < tile.outerStride(); ++n) tile.data()[i * tile.outerStride() + n] = draw();
      }
    }
    for (T& w : weight) w = draw();
    for (T& b : bias) b = draw();
  }

  T w(const Case& c, Index o, Index i, Index t) const {
    return weight[static_cast<std::size_t>((o * c.inputs + i) * c.stencil.taps() + t)];
  }

  bijou::Arena arena;
  Tile<T> x;
  Tile<T> y;
  std::vector<T> weight;
  std::vector<T> bias;
};

/// Calls body(o, i, t, row of y, row of x) for everything that a convolution multiplies.
template <class Body>
void for_all(const Case& c, Body body) {
  for (Index p = 0; p < c.stencil.pixels(); ++p) {
    for (Index t = 0; t < c.stencil.taps(); ++t) {
      // The pixel by its own arithmetic.
      const Index y =
          p / c.stencil.width + (t / c.stencil.kernel_width - c.stencil.kernel_height / 2) * c.stencil.dilation;
      const Index x =
          p % c.stencil.width + (t % c.stencil.kernel_width - c.stencil.kernel_width / 2) * c.stencil.dilation;
      if (y < 0 || y >= c.stencil.height || x < 0 || x >= c.stencil.width) continue;
      for (Index o = 0; o < c.outputs; ++o) {
        for (Index i = 0; i < c.inputs; ++i) body(o, i, t, c.out()(o, p), c.in()(i, y * c.stencil.width + x));
      }
    }
  }
}

}  // namespace convolutions

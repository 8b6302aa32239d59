#pragma once

#include <bijou/core/language.hpp>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace bijou::detail {

// Gauss-Legendre nodes and weights on [0, 1]: Newton's iteration on the Legendre polynomial.
template <std::size_t Size>
struct GaussLegendre {
  std::array<double, Size> nodes{};
  std::array<double, Size> weights{};

  GaussLegendre() {
    constexpr int size = Size;
    for (std::size_t i = 0; i < Size; ++i) {
      double x = -std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (size + 0.5));
      double slope = 1;
      for (int iteration = 0; iteration < 8; ++iteration) {
        double previous = 1;
        double value = x;
        for (int n = 2; n <= size; ++n) {
          const double next = ((2 * n - 1) * x * value - (n - 1) * previous) / n;
          previous = value;
          value = next;
        }
        slope = size * (x * value - previous) / (x * x - 1);
        x -= value / slope;
      }
      nodes[i] = (1 + x) / 2;
      weights[i] = 1 / ((1 - x * x) * slope * slope);
    }
  }

  static const GaussLegendre& rule() {
    static const GaussLegendre instance;
    return instance;
  }
};

}  // namespace bijou::detail

#pragma once

#include <bijou/conditioners/network.hpp>
#include <bijou/conditioners/residual.hpp>
#include <vector>

/// Networks whose degrees are not those of Made or Mlp.
namespace networks {

using bijou::Network;
using bijou::activations::Silu;
using bijou::activations::Tanh;
using Degrees = std::vector<int>;

// Gaps, repeats, and inputs that nothing sees.
template <class T, class A, class Rng>
Network<T, A> uneven(Rng& rng) {
  return {std::vector<Degrees>{{0, 1, 1, 3, 4}, {0, 1, 1, 2, 2, 2, 3}, {1, 1, 3, 3, 3}, {1, 2, 2, 3, 4, 4}}, 4, 0, rng};
}

// Two blocks of two layers behind the first one.
template <class T, class A, class Rng>
Network<T, A, bijou::Residual> residual(Rng& rng) {
  std::vector<Degrees> degrees(7, Degrees{0, 1, 1, 2, 2, 2, 3});
  degrees.front() = {0, 1, 1, 3, 4};
  degrees.back() = {1, 2, 2, 3, 4, 4};
  return {degrees, 4, 0, rng};
}

}  // namespace networks

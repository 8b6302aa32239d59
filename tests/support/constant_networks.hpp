#pragma once

#include <bijou/conditioners/constant_network.hpp>
#include <bijou/conditioners/network.hpp>
#include <bijou/conditioners/residual.hpp>
#include <algorithm>
#include <random>
#include <vector>

/// A network, and a type whose constants are the numbers of one.
namespace constant_networks {

using bijou::Index;

// A context of two rows and four inputs, of which the last is seen by none.
struct Degrees {
  static constexpr int in[] = {0, 0, 1, 1, 2, 4};
  static constexpr int hidden[] = {0, 1, 1, 2, 2};
  static constexpr int out[] = {1, 1, 2, 2, 3, 3};
};

template <class T, Index Size>
struct Numbers {
  T values[static_cast<std::size_t>(Size)];

  constexpr explicit Numbers(unsigned seed) : values{} {
    for (T& value : values) {
      seed = seed * 1664525u + 1013904223u;
      value = T(static_cast<int>(seed >> 16) % 1000 - 500) / T(1000);
    }
  }
};

// With the sizes of arrays, which clang 14 does not find for members of a template.
template <class T>
struct Constants : Degrees {
  using Scalar = T;
  static constexpr bool is_autoregressive = true;
  static constexpr Index context_size = 2;
  static constexpr int steps = 3;
  static constexpr Index sizes[5] = {6, 5, 5, 5, 6};
  static constexpr const int* degrees[5] = {in, hidden, hidden, hidden, out};
  static constexpr Numbers<T, 30> w0{1};
  static constexpr Numbers<T, 25> w1{2}, w2{3};
  static constexpr Numbers<T, 30> w3{4};
  static constexpr Numbers<T, 6> b{5};
  static constexpr Numbers<T, 10> c0{6}, c1{7};
  static constexpr const T* weights[4] = {w0.values, w1.values, w2.values, w3.values};
  static constexpr const T* biases[4] = {b.values, b.values, b.values, b.values};
  static constexpr const T* context_weights[2] = {c0.values, c1.values};
  static constexpr const T* context_biases[2] = {b.values, b.values};
};

using Connections = bijou::GatedResidual;
using Activation = bijou::activations::Silu;
template <class T>
using Constant = bijou::ConstantNetwork<Constants<T>, Activation, Connections>;
template <class T>
using Owned = bijou::Network<T, Activation, Connections>;

/// A network that owns the same numbers. Those outside its staircases are others.
template <class T>
Owned<T> owned() {
  std::mt19937_64 rng{0};
  std::vector<std::vector<int>> degrees;
  for (std::size_t l = 0; l < 5; ++l) {
    degrees.emplace_back(Constants<T>::degrees[l], Constants<T>::degrees[l] + Constants<T>::sizes[l]);
  }
  Owned<T> network(degrees, 3, 2, rng);
  std::vector<const T*> numbers;
  for (std::size_t l = 0; l < 4; ++l) {
    numbers.push_back(Constants<T>::weights[l]);
    numbers.push_back(Constants<T>::biases[l]);
  }
  for (std::size_t k = 0; k < network.context_layer_count(); ++k) {
    numbers.push_back(Constants<T>::context_weights[k]);
    numbers.push_back(Constants<T>::context_biases[k]);
  }
  std::size_t i = 0;
  bijou::for_each_parameter(network, [&](auto& member) { std::copy_n(numbers[i++], member.size(), member.data()); });
  return network;
}

}  // namespace constant_networks

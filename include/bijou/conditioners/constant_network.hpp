#pragma once

#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/constant_layers.hpp>
#include <bijou/conditioners/feed_forward.hpp>
#include <bijou/conditioners/network_passes.hpp>

namespace bijou {

/// A Made or an Mlp whose numbers are constants of the program, as write_header (io/write_header.hpp) writes them: it
/// takes no memory but its weights, which can lie in read-only memory, gives the same numbers to the last bit, and is
/// not trained. With the connections FeedForward:
///
/// @f[ h_0 = (c, x), \qquad h_l = A(W_l h_{l-1} + b_l), \qquad \text{output} = W_L h_{L-1} + b_L @f]
///
/// A, Connections: as of Network. Constants: a type with these members, for L layers,
///
/// | member | meaning |
/// |---|---|
/// | `Scalar` | float or double |
/// | `is_autoregressive` | true of a Made |
/// | `context_size`, `steps` | as of Network |
/// | `sizes[L + 1]` | the number of inputs (context first, if it is one), units of each hidden layer, and outputs |
/// | `degrees[L + 1]` | pointers to the degrees of each |
/// | `weights[L]`, `biases[L]` | pointers to the numbers of each layer, row by row |
/// | `context_weights`, `context_biases` | the same of the layers of the context, if the connections have such |
///
/// @code{.cpp}
/// struct Weights {  // one input, two hidden units, one output
///   using Scalar = float;
///   static constexpr bool is_autoregressive = false;
///   static constexpr bijou::Index context_size = 0;
///   static constexpr int steps = 1;
///   static constexpr bijou::Index sizes[] = {1, 2, 1};
///   static constexpr int zeros[] = {0, 0};
///   static constexpr int ones[] = {1};
///   static constexpr const int* degrees[] = {zeros, zeros, ones};
///   static constexpr float w0[] = {1.0f, -1.0f};
///   static constexpr float w1[] = {0.5f, 0.25f};
///   static constexpr float b[] = {0.0f, 0.0f};
///   static constexpr const float* weights[] = {w0, w1};
///   static constexpr const float* biases[] = {b, b};
/// };
/// using Network = bijou::ConstantNetwork<Weights, bijou::activations::Tanh>;
/// @endcode
template <class Constants, Activation A = activations::Relu, class Connections = FeedForward>
class ConstantNetwork : public detail::NetworkPasses<detail::ConstantLayers<Constants, Connections>, A, Connections> {
 public:
  static constexpr const char* name = "ConstantNetwork";
  static constexpr bool is_autoregressive = Constants::is_autoregressive;

  ConstantNetwork() : detail::NetworkPasses<detail::ConstantLayers<Constants, Connections>, A, Connections>({}, {}) {}

  static constexpr auto members() { return Members<>{}; }
};

}  // namespace bijou

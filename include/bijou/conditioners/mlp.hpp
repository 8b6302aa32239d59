#pragma once

#include <bijou/conditioners/network.hpp>
#include <bijou/conditioners/network_options.hpp>
#include <utility>
#include <vector>

namespace bijou {

/// A multi-layer perceptron. With the connections FeedForward:
///
/// @f[ h_0 = (c, x), \qquad h_l = A(W_l h_{l-1} + b_l), \qquad \text{output} = W_L h_{L-1} + b_L @f]
///
/// Input: x (inputs x N), with the context (C x N) from the pass. Output: outputs x N. T: float or double. A: the
/// activation. Connections: FeedForward or Residual. Throws
/// std::invalid_argument for a hidden layer of no units and for negative sizes.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Mlp<float, bijou::activations::Silu> mlp{3, 6, {64, 64}, rng};  // 3 inputs, 6 outputs
/// @endcode
template <class T, Activation A = activations::Relu, class Connections = FeedForward>
class Mlp : public Network<T, A, Connections> {
 public:
  static constexpr const char* name = "Mlp";
  static constexpr bool is_autoregressive = false;

  template <UniformRandomBitGenerator Rng>
  Mlp(Index inputs, Index outputs, const NetworkOptions& options, Rng& rng)
      : Network<T, A, Connections>(degrees(inputs, outputs, options), 1, options.context_size, rng) {}

 private:
  using Degrees = std::vector<int>;

  // One step: all inputs and hidden units have degree 0, all outputs degree 1.
  static std::vector<Degrees> degrees(Index inputs, Index outputs, const NetworkOptions& options) {
    detail::require_network_options(name, options);
    if (inputs < 0 || outputs < 0) {
      detail::throw_invalid_argument(name, "a network cannot have fewer than zero inputs or outputs");
    }
    const Index joined = Connections::joins_context ? options.context_size : 0;
    std::vector<Degrees> layers{Degrees(static_cast<std::size_t>(joined + inputs), 0)};
    for (const int size : options.hidden) layers.emplace_back(static_cast<std::size_t>(size), 0);
    layers.emplace_back(static_cast<std::size_t>(outputs), 1);
    return layers;
  }
};

}  // namespace bijou

#pragma once

#include <bijou/conditioners/activations.hpp>
#include <bijou/conditioners/any_activation.hpp>
#include <bijou/conditioners/feed_forward.hpp>
#include <bijou/conditioners/network_layers.hpp>
#include <bijou/conditioners/network_passes.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/policy_name.hpp>
#include <bijou/numerics/random.hpp>
#include <array>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// Linear layers and activations, with masks M given by the degrees m of the units. With the connections FeedForward:
///
/// @f[
///   h_0 = (c, x), \qquad h_l = A\bigl((W_l \odot M_l)\, h_{l-1} + b_l\bigr), \qquad \text{output} = (W_L \odot M_L)\,
///   h_{L-1} + b_L
/// @f]
/// @f[
///   (M_l)_{jk} = \bigl[m_l(j) \ge m_{l-1}(k)\bigr], \qquad (M_L)_{jk} = \bigl[m_L(j) > m_{L-1}(k)\bigr]
/// @f]
///
/// Every input, hidden unit and output has a degree; they are sorted by it. A hidden unit sees the units before it of
/// its own or a smaller degree, an output only those of a smaller degree (Germain et al. 2015, Eqs. (8) and (9) up to
/// the numbering). So every weight matrix is a staircase, and the network can be evaluated degree by degree, each unit
/// once: step s computes the hidden units of degree s and the outputs of degree s + 1. The context has degree 0.
///
/// T: float or double. A: the activation. Connections: FeedForward or Residual. A Network is a Conditioner; Made and
/// Mlp give it its degrees. Both policies may be decided at run time.
template <class T, class A, class Connections = FeedForward>
requires(Activation<A> || std::is_same_v<A, detail::AnyActivation>)
class Network : public detail::NetworkPasses<detail::NetworkLayers<T>, A, Connections> {
  using Base = detail::NetworkPasses<detail::NetworkLayers<T>, A, Connections>;

 public:
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "a network works in float or double");
  using typename Base::Degrees;

  /// Degrees of the context and the inputs, of each hidden layer and of the outputs, each sorted; hidden ones lie in
  /// [0, steps) and outputs in [1, steps]. Weights and biases are uniform in +-1/sqrt(fan-in) (torch's Linear), those
  /// of the last layer a thousandth of that, so that a fresh layer of a flow is near the identity.
  template <UniformRandomBitGenerator Rng>
  Network(std::vector<Degrees> degrees, int steps, Index context_size, Rng& rng, A activation = {},
          Connections connections = {})
      : Base(activation, connections, std::move(degrees), steps, context_size, rng, connections) {}

  static constexpr auto members() {
    return Members{part("layers", &Network::layers_), part("context_layers", &Network::context_layers_),
                   structure("degrees", &Network::degrees_), structure("context_size", &Network::context_size_)};
  }

  std::array<Policy, 2> policies() const {
    return {{{"activation", policy_name_of(this->activation_)}, {"connections", policy_name_of(this->connections_)}}};
  }

  /// "21 | 3 -> 64 -> 64 -> 42": inputs and context, hidden layers, outputs.
  std::string shape() const {
    std::string text = std::to_string(this->input_size());
    if (this->context_size() > 0) text.append(" | ").append(std::to_string(this->context_size()));
    for (const MaskedLinear<T>& layer : this->layers()) text.append(" -> ").append(std::to_string(layer.rows()));
    return text;
  }
};

}  // namespace bijou

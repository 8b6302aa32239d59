#include <bijou/signals/convolutional_network.hpp>

#include "support/conditioner_laws.hpp"

using bijou::ConvolutionalNetwork;
using bijou::ConvolutionalNetworkOptions;
using bijou::SignalShape;
using bijou::activations::Silu;
using bijou::activations::Tanh;

namespace {

/// A network whose parameters are moved from the zero start.
template <class T, class A = Tanh>
ConvolutionalNetwork<T, A> moved(const SignalShape& shape, bijou::Index channels, bijou::Index parameters,
                                 const ConvolutionalNetworkOptions& options, std::mt19937_64& rng) {
  ConvolutionalNetwork<T, A> network{shape, channels, parameters, options, rng};
  bijou::for_each_parameter(network, [&](auto& parameter) {
    for (T& number : parameter.reshaped()) number += static_cast<T>(0.2 * bijou::normal(rng));
  });
  return network;
}

}  // namespace

TEST_CASE("ConvolutionalNetwork: laws", "[convolutional_network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return moved<T>({2, 3, 2}, 2, 2, {.width = 5}, rng); });
}

TEST_CASE("ConvolutionalNetwork: laws with a context", "[convolutional_network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) {
    return moved<T, Silu>({1, 1, 4}, 1, 2, {.width = 4, .context_channels = 2, .global_context = 3}, rng);
  });
}

TEST_CASE("ConvolutionalNetwork: laws with residual blocks", "[convolutional_network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) {
    return moved<T>({2, 2, 2}, 1, 1, {.width = 9, .kernels = {1, 3, 3, 3, 3, 1}, .residual = true}, rng);
  });
}

#include <bijou/signals/wave_net.hpp>

#include "support/conditioner_laws.hpp"

using bijou::SignalShape;
using bijou::WaveNet;
using bijou::WaveNetOptions;

namespace {

/// A network whose parameters are moved from the zero start.
template <class T>
WaveNet<T> moved(const SignalShape& shape, bijou::Index channels, const WaveNetOptions& options,
                 std::mt19937_64& rng) {
  WaveNet<T> network{shape, channels, 2, options, rng};
  bijou::for_each_parameter(network, [&](auto& parameter) {
    for (T& number : parameter.reshaped()) number += static_cast<T>(0.2 * bijou::normal(rng));
  });
  return network;
}

}  // namespace

TEST_CASE("WaveNet: laws", "[wave_net]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return moved<T>({2, 1, 6}, 1, {.width = 5}, rng); }, true);
}

TEST_CASE("WaveNet: laws with a context, on an image", "[wave_net]") {
  laws::check_conditioner(
      []<class T>(T, auto& rng) {
        return moved<T>({1, 2, 3}, 2, {.width = 3, .layers = 3, .context_channels = 2}, rng);
      },
      true);
}

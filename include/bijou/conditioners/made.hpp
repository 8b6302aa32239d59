#pragma once

#include <bijou/conditioners/network.hpp>
#include <bijou/conditioners/network_options.hpp>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

namespace bijou {

/// A masked autoregressive network (MADE, Germain et al. 2015): parameters of coordinate i from x_0, ..., x_{i-1} and
/// the context.
///
/// @f[ (\theta_{i0}, \ldots, \theta_{i,K-1}) = g_i(x_0, \ldots, x_{i-1}; c) @f]
///
/// Input: x (D x N), with the context (C x N) from the pass. Output: the K parameters of coordinate 0, then those of
/// coordinate 1, and so on (D K x N). x_i has degree i + 1, the context degree 0; hidden units take the degrees from 1
/// (from 0 with a context as an input) to D - 1 in equal shares and stand sorted by degree, so every weight matrix is a
/// staircase. A layer with fewer units than degrees takes degrees spread evenly up to D - 1, so that the last
/// coordinate sees all before it.
///
/// T: float or double. A: the activation, one of activations. Connections: FeedForward or Residual. Throws
/// std::invalid_argument for sizes that are not positive.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Made<float, bijou::activations::Tanh> made{3, 2, {64, 64}, rng};  // 3 coordinates, 2 parameters each
/// @endcode
template <class T, Activation A = activations::Relu, class Connections = FeedForward>
class Made : public Network<T, A, Connections> {
  using Base = Network<T, A, Connections>;

 public:
  static constexpr const char* name = "Made";
  static constexpr bool is_autoregressive = true;

  template <UniformRandomBitGenerator Rng>
  Made(Index event_size, Index parameters_per_coordinate, const NetworkOptions& options, Rng& rng)
      : Base(degrees(event_size, parameters_per_coordinate, equal_degrees(event_size, options), options.context_size),
             static_cast<int>(event_size), options.context_size, rng) {}

  /// With several inputs for a coordinate, the features that it enters with: places[i] for coordinate i.
  template <UniformRandomBitGenerator Rng>
  Made(const std::vector<int>& places, Index parameters_per_coordinate, const NetworkOptions& options, Rng& rng)
      : Base(degrees(static_cast<Index>(places.size()), parameters_per_coordinate,
                     equal_degrees(static_cast<Index>(places.size()), options), options.context_size, places),
             static_cast<int>(places.size()), options.context_size, rng) {}

  /// With a degree for each hidden unit of each layer, in any order: units are sorted by degree. A template, so that
  /// sizes in braces never mean degrees.
  template <std::same_as<std::vector<std::vector<int>>> HiddenDegrees, UniformRandomBitGenerator Rng>
  Made(Index event_size, Index parameters_per_coordinate, HiddenDegrees hidden_degrees, Rng& rng,
       Index context_size = 0)
      : Base(
            degrees(event_size, parameters_per_coordinate, sorted(std::move(hidden_degrees), event_size), context_size),
            static_cast<int>(event_size), context_size, rng) {}

 private:
  using Degrees = std::vector<int>;

  static std::vector<Degrees> degrees(Index event_size, Index parameters_per_coordinate, std::vector<Degrees> layers,
                                      Index context_size, const std::vector<int>& places = {}) {
    detail::require_coordinates(name, event_size);
    if (parameters_per_coordinate < 1) {
      detail::throw_invalid_argument(name, "a coordinate needs at least one parameter");
    }
    Degrees input(static_cast<std::size_t>(Connections::joins_context ? context_size : 0), 0);
    Degrees output;
    for (int i = 1; i <= static_cast<int>(event_size); ++i) {
      const int inputs = places.empty() ? 1 : places[static_cast<std::size_t>(i) - 1];
      if (inputs < 1) detail::throw_invalid_argument(name, "a coordinate needs at least one input, got ", inputs);
      input.insert(input.end(), static_cast<std::size_t>(inputs), i);
      output.insert(output.end(), static_cast<std::size_t>(parameters_per_coordinate), i);
    }
    layers.insert(layers.begin(), std::move(input));
    layers.push_back(std::move(output));
    return layers;
  }

  static std::vector<Degrees> equal_degrees(Index event_size, const NetworkOptions& options) {
    detail::require_network_options(name, options);
    const bool context_is_input = Connections::joins_context && options.context_size > 0;
    const int lowest = context_is_input || event_size < 2 ? 0 : 1;
    const int count = (std::max)(static_cast<int>(event_size) - lowest, 1);
    std::vector<Degrees> layers;
    for (const int size : options.hidden) {
      Degrees& layer = layers.emplace_back();
      for (int j = 0; j < size; ++j) {
        const int spread = static_cast<int>((j + 1) * static_cast<long long>(count) / size) - 1;
        layer.push_back(lowest + (size < count ? spread : j % count));
      }
      std::sort(layer.begin(), layer.end());
    }
    return layers;
  }

  static std::vector<Degrees> sorted(std::vector<Degrees> layers, Index event_size) {
    if (layers.empty()) detail::throw_invalid_argument(name, "expected at least one hidden layer, got none");
    for (Degrees& layer : layers) {
      if (layer.empty()) detail::throw_invalid_argument(name, "a hidden layer needs at least one unit, got 0");
      std::sort(layer.begin(), layer.end());
      if (layer.front() < 0 || layer.back() > (std::max<Index>)(event_size - 1, 0)) {
        detail::throw_invalid_argument(name, "hidden degrees lie between 0 and D - 1");
      }
    }
    return layers;
  }
};

}  // namespace bijou

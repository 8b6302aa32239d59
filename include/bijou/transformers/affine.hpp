#pragma once

#include <bijou/transformers/scale_maps.hpp>
#include <bijou/transformers/transformer.hpp>
#include <array>

namespace bijou {

/// z = s(a) x + t, so x = (z - t) / s(a) and ln dx/dz = -ln s(a): the network gives the map from data to noise, as in
/// Dinh et al. 2017, nflows and zuko. Two parameters for each coordinate, in the order [t, a] (zuko's). In this
/// direction the noise is linear in the network's outputs, and training is steadier than with x = s(a) z + t, which is
/// InvertTransformer<AffineTransformer<T>> (Papamakarios et al. 2017, TFP).
///
/// @f[ z = s(a)\, x + t, \qquad x = \frac{z - t}{s(a)}, \qquad \ln\frac{dx}{dz} = -\ln s(a) @f]
///
/// T: float or double. Map: how the unconstrained a becomes a scale, one of scale_maps. Rows of N events.
template <class T, ScaleMap Map = scale_maps::BoundedExp>
struct AffineTransformer {
  using Scalar = T;
  static constexpr const char* name = "AffineTransformer";
  static constexpr const char* formula = "z = s(a) x + t";

  static constexpr auto members() { return Members<>{}; }
  static std::array<Policy, 1> policies() { return {{{"scale", policy_name<Map>}}}; }
  static constexpr Index parameters_per_coordinate() { return 2; }

  void forward(TransformerEvaluation<T> e) const {
    for (Index n = 0; n < e.input.size(); n += Simd<T>::size) {
      const Simd<T> a = e.parameters.load(1, n);
      e.output.store(n, (e.input.load(n) - e.parameters.load(0, n)) / Map::scale(a));
      e.log_det.add(n, -Map::log_scale(a));
    }
  }

  void inverse(TransformerEvaluation<T> e) const {
    for (Index n = 0; n < e.input.size(); n += Simd<T>::size) {
      const Simd<T> a = e.parameters.load(1, n);
      e.output.store(n, Map::scale(a) * e.input.load(n) + e.parameters.load(0, n));
      e.log_det.add(n, Map::log_scale(a));
    }
  }

  // With g = dL/dx and l = dL/dlog_det: dL/dz = g / s, dL/dt = -g / s, dL/da = -(x g + l) d ln s/da.
  void forward_pullback(TransformerPullback<T> p) const {
    for (Index n = 0; n < p.input.size(); n += Simd<T>::size) {
      const Simd<T> a = p.parameters.load(1, n);
      const Simd<T> g = p.output_gradient.load(n);
      const Simd<T> scaled = g / Map::scale(a);
      p.input_gradient.store(n, scaled);
      p.parameters_gradient.store(0, n, -scaled);
      p.parameters_gradient.store(1, n, -(g * p.output.load(n) + p.log_det_gradient.load(n)) * Map::log_scale_slope(a));
    }
  }

  // With g = dL/dz and l = dL/dlog_det: dL/dx = s g, dL/dt = g, dL/da = (s x g + l) d ln s/da.
  void inverse_pullback(TransformerPullback<T> p) const {
    for (Index n = 0; n < p.input.size(); n += Simd<T>::size) {
      const Simd<T> a = p.parameters.load(1, n);
      const Simd<T> g = p.output_gradient.load(n);
      const Simd<T> scaled = Map::scale(a) * g;
      p.input_gradient.store(n, scaled);
      p.parameters_gradient.store(0, n, g);
      p.parameters_gradient.store(1, n,
                                  (scaled * p.input.load(n) + p.log_det_gradient.load(n)) * Map::log_scale_slope(a));
    }
  }
};

}  // namespace bijou

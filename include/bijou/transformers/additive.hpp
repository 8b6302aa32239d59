#pragma once

#include <bijou/transformers/transformer.hpp>

namespace bijou {

/// z = x + t, so x = z - t and ln dx/dz = 0: the network gives the map from data to noise, as in Dinh et al. 2015
/// (NICE), nflows and AffineTransformer. A flow of these keeps volumes. One parameter for each coordinate, t.
///
/// @f[ z = x + t, \qquad \ln\frac{dx}{dz} = 0 @f]
///
/// T: float or double. Rows of N events.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Conditioner = bijou::Mlp<double, bijou::activations::Relu>;
/// const bijou::Coupling<3, bijou::AdditiveTransformer<double>, Conditioner> f{1, {32}, rng};
/// @endcode
template <class T>
struct AdditiveTransformer {
  using Scalar = T;
  static constexpr const char* name = "AdditiveTransformer";
  static constexpr const char* formula = "z = x + t";

  static constexpr auto members() { return Members<>{}; }
  static constexpr Index parameters_per_coordinate() { return 1; }

  void forward(TransformerEvaluation<T> e) const {
    for (Index n = 0; n < e.input.size(); n += Simd<T>::size) {
      e.output.store(n, e.input.load(n) - e.parameters.load(0, n));
    }
  }

  void inverse(TransformerEvaluation<T> e) const {
    for (Index n = 0; n < e.input.size(); n += Simd<T>::size) {
      e.output.store(n, e.input.load(n) + e.parameters.load(0, n));
    }
  }

  // With g = dL/dx: dL/dz = g, dL/dt = -g.
  void forward_pullback(TransformerPullback<T> p) const {
    for (Index n = 0; n < p.input.size(); n += Simd<T>::size) {
      const Simd<T> g = p.output_gradient.load(n);
      p.input_gradient.store(n, g);
      p.parameters_gradient.store(0, n, -g);
    }
  }

  // With g = dL/dz: dL/dx = dL/dt = g.
  void inverse_pullback(TransformerPullback<T> p) const {
    for (Index n = 0; n < p.input.size(); n += Simd<T>::size) {
      const Simd<T> g = p.output_gradient.load(n);
      p.input_gradient.store(n, g);
      p.parameters_gradient.store(0, n, g);
    }
  }
};

}  // namespace bijou

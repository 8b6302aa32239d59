#pragma once

#include <bijou/core/concepts.hpp>

namespace bijou {

/// A transformer run backwards: forward is the inverse of S. InvertTransformer<AffineTransformer<T>> is x = s(a) z +
/// t, the parameterisation of TFP, whose networks give the map from noise to data.
///
/// @code{.cpp}
/// using Transformer = bijou::InvertTransformer<bijou::AffineTransformer<double>>;
/// static_assert(bijou::Transformer<Transformer>);
/// @endcode
template <Transformer S>
struct InvertTransformer {
  using Scalar = typename S::Scalar;
  using T = Scalar;

  S transformer;

  Index parameters_per_coordinate() const { return transformer.parameters_per_coordinate(); }

  void forward(ConstTile<T> parameters, ConstRow<T> z, Row<T> x, Row<T> log_det) const {
    transformer.inverse(parameters, z, x, log_det);
  }
  void inverse(ConstTile<T> parameters, ConstRow<T> x, Row<T> z, Row<T> log_det) const {
    transformer.forward(parameters, x, z, log_det);
  }
  void forward_pullback(ConstTile<T> parameters, ConstRow<T> z, ConstRow<T> x, ConstRow<T> x_gradient,
                        ConstRow<T> log_det_gradient, Tile<T> parameters_gradient, Row<T> z_gradient) const {
    transformer.inverse_pullback(parameters, z, x, x_gradient, log_det_gradient, parameters_gradient, z_gradient);
  }
  void inverse_pullback(ConstTile<T> parameters, ConstRow<T> x, ConstRow<T> z, ConstRow<T> z_gradient,
                        ConstRow<T> log_det_gradient, Tile<T> parameters_gradient, Row<T> x_gradient) const {
    transformer.forward_pullback(parameters, x, z, z_gradient, log_det_gradient, parameters_gradient, x_gradient);
  }
};

}  // namespace bijou

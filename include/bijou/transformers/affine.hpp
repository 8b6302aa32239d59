#pragma once

#include <bijou/core/concepts.hpp>
#include <bijou/transformers/scale_maps.hpp>

namespace bijou {

/// z = s(a) x + t, so x = (z - t) / s(a) and ln dx/dz = -ln s(a): the network gives the map from data to noise, as in
/// Dinh et al. 2017, nflows and zuko. Two parameters for each coordinate, in the order [t, a] (zuko's). In this
/// direction the noise is linear in the network's outputs, and training is steadier than with x = s(a) z + t, which is
/// InvertTransformer<AffineTransformer<T>> (Papamakarios et al. 2017, TFP).
///
/// T: float or double. Map: how the unconstrained a becomes a scale, one of scale_maps. Rows of N events.
template <class T, ScaleMap Map = scale_maps::SoftClippedExp>
struct AffineTransformer {
  using Scalar = T;
  static constexpr const char* autoregressive_name = "MAF";
  static constexpr const char* coupling_name = "RealNVP";

  static constexpr Index parameters_per_coordinate() { return 2; }

  void forward(ConstTile<T> parameters, ConstRow<T> z, Row<T> x, Row<T> log_det) const {
    detail::for_each_packet<T>(z.size(), [&](Index n) {
      const V a = at(parameters, 1, n);
      store(x, n, (at(z, n) - at(parameters, 0, n)) / Map::scale(a));
      store(log_det, n, at(log_det, n) - Map::log_scale(a));
    });
  }

  void inverse(ConstTile<T> parameters, ConstRow<T> x, Row<T> z, Row<T> log_det) const {
    detail::for_each_packet<T>(x.size(), [&](Index n) {
      const V a = at(parameters, 1, n);
      store(z, n, Map::scale(a) * at(x, n) + at(parameters, 0, n));
      store(log_det, n, at(log_det, n) + Map::log_scale(a));
    });
  }

  // With g = dL/dx and l = dL/dlog_det: dL/dz = g / s, dL/dt = -g / s, dL/da = -(x g + l) d ln s/da.
  void forward_pullback(ConstTile<T> parameters, ConstRow<T>, ConstRow<T> x, ConstRow<T> x_gradient,
                        ConstRow<T> log_det_gradient, Tile<T> parameters_gradient, Row<T> z_gradient) const {
    detail::for_each_packet<T>(x.size(), [&](Index n) {
      const V a = at(parameters, 1, n);
      const V g = at(x_gradient, n);
      const V scaled = g / Map::scale(a);
      store(z_gradient, n, scaled);
      store(parameters_gradient, 0, n, -scaled);
      store(parameters_gradient, 1, n, -(g * at(x, n) + at(log_det_gradient, n)) * Map::log_scale_slope(a));
    });
  }

  // With g = dL/dz and l = dL/dlog_det: dL/dx = s g, dL/dt = g, dL/da = (s x g + l) d ln s/da.
  void inverse_pullback(ConstTile<T> parameters, ConstRow<T> x, ConstRow<T>, ConstRow<T> z_gradient,
                        ConstRow<T> log_det_gradient, Tile<T> parameters_gradient, Row<T> x_gradient) const {
    detail::for_each_packet<T>(x.size(), [&](Index n) {
      const V a = at(parameters, 1, n);
      const V g = at(z_gradient, n);
      const V scaled = Map::scale(a) * g;
      store(x_gradient, n, scaled);
      store(parameters_gradient, 0, n, g);
      store(parameters_gradient, 1, n, (scaled * at(x, n) + at(log_det_gradient, n)) * Map::log_scale_slope(a));
    });
  }

 private:
  using V = Simd<T>;

  static V at(const auto& row, Index n) { return V(detail::load(row.data() + n)); }
  static V at(const ConstTile<T>& tile, Index i, Index n) {
    return V(detail::load(tile.data() + i * tile.outerStride() + n));
  }
  static void store(Row<T>& row, Index n, V value) { detail::store(row.data() + n, value.value); }
  static void store(Tile<T>& tile, Index i, Index n, V value) {
    detail::store(tile.data() + i * tile.outerStride() + n, value.value);
  }
};

}  // namespace bijou

#pragma once

#include <bijou/core/concepts.hpp>
#include <bijou/transformers/scale_maps.hpp>

namespace bijou {

/// x = s(a) z + t, ln dx/dz = ln s(a), with two parameters for each coordinate, in the order [t, a] (zuko's order).
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
      store(x, n, Map::scale(a) * at(z, n) + at(parameters, 0, n));
      store(log_det, n, at(log_det, n) + Map::log_scale(a));
    });
  }

  void inverse(ConstTile<T> parameters, ConstRow<T> x, Row<T> z, Row<T> log_det) const {
    detail::for_each_packet<T>(x.size(), [&](Index n) {
      const V a = at(parameters, 1, n);
      store(z, n, (at(x, n) - at(parameters, 0, n)) / Map::scale(a));
      store(log_det, n, at(log_det, n) - Map::log_scale(a));
    });
  }

  // With g = dL/dx and l = dL/dlog_det: dL/dz = s g, dL/dt = g, dL/da = (s z g + l) d ln s/da.
  void forward_pullback(ConstTile<T> parameters, ConstRow<T> z, ConstRow<T>, ConstRow<T> x_gradient,
                        ConstRow<T> log_det_gradient, Tile<T> parameters_gradient, Row<T> z_gradient) const {
    detail::for_each_packet<T>(z.size(), [&](Index n) {
      const V a = at(parameters, 1, n);
      const V g = at(x_gradient, n);
      const V scaled = Map::scale(a) * g;
      store(z_gradient, n, scaled);
      store(parameters_gradient, 0, n, g);
      store(parameters_gradient, 1, n, (scaled * at(z, n) + at(log_det_gradient, n)) * Map::log_scale_slope(a));
    });
  }

  // With g = dL/dz and l = dL/dlog_det: dL/dx = g / s, dL/dt = -g / s, dL/da = -(z g + l) d ln s/da.
  void inverse_pullback(ConstTile<T> parameters, ConstRow<T>, ConstRow<T> z, ConstRow<T> z_gradient,
                        ConstRow<T> log_det_gradient, Tile<T> parameters_gradient, Row<T> x_gradient) const {
    detail::for_each_packet<T>(z.size(), [&](Index n) {
      const V a = at(parameters, 1, n);
      const V g = at(z_gradient, n);
      const V scaled = g / Map::scale(a);
      store(x_gradient, n, scaled);
      store(parameters_gradient, 0, n, -scaled);
      store(parameters_gradient, 1, n, -(g * at(z, n) + at(log_det_gradient, n)) * Map::log_scale_slope(a));
    });
  }

 private:
  using V = detail::Pack<T>;

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

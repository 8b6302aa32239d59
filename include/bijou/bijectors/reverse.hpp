#pragma once

#include <bijou/core/batch.hpp>

namespace bijou {

/// x_j = z_{D-1-j}, log|det dx/dz| = 0. Its own inverse and its own pullback.
///
/// D: number of coordinates, or Eigen::Dynamic for events of any size. Works with any scalar.
///
/// @code{.cpp}
/// const Eigen::Vector3d x = bijou::Reverse<3>{}.forward(Eigen::Vector3d(1.0, 2.0, 3.0));  // (3, 2, 1)
/// @endcode
template <int D>
struct Reverse {
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Reverse";
  static_assert(D == Eigen::Dynamic || D > 0, "Reverse: events need at least one row");

  template <class T>
  void forward(ConstTile<T> z, Tile<T> x, Row<T>) const {
    x = z.colwise().reverse();
  }
  template <class T>
  void inverse(ConstTile<T> x, Tile<T> z, Row<T>) const {
    z = x.colwise().reverse();
  }
  template <class T>
  void forward_pullback(ConstTile<T>, ConstTile<T>, ConstTile<T> x_gradient, ConstRow<T>, Tile<T> z_gradient,
                        ParameterGradient<T>) const {
    z_gradient = x_gradient.colwise().reverse();
  }
  template <class T>
  void inverse_pullback(ConstTile<T>, ConstTile<T>, ConstTile<T> z_gradient, ConstRow<T>, Tile<T> x_gradient,
                        ParameterGradient<T>) const {
    x_gradient = z_gradient.colwise().reverse();
  }

  auto forward(const auto& z) const { return bijou::forward(*this, z); }
  auto inverse(const auto& x) const { return bijou::inverse(*this, x); }
  auto forward_log_det(const auto& z) const { return bijou::forward_log_det(*this, z); }
  auto inverse_log_det(const auto& x) const { return bijou::inverse_log_det(*this, x); }
};

}  // namespace bijou

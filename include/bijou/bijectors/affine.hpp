#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/numerics/finite.hpp>

namespace bijou {

/// x_i = scale_i z_i + shift_i, log|det dx/dz| = sum_i ln|scale_i|.
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Both parameters are trained. A scale may be negative
/// but not zero: the constructor throws std::invalid_argument for a zero, for numbers that are not finite or for
/// vectors of different sizes.
///
/// @code{.cpp}
/// const bijou::Affine<double, 2> f{{0.5, 0.25}, {1.0, 0.5}};
/// const Eigen::Vector2d x = f.forward(Eigen::Vector2d(1.0, 1.0));       // (1.5, 0.75)
/// const double log_det = f.forward_log_det(Eigen::Vector2d(1.0, 1.0));  // ln 0.5
/// @endcode
template <class T, int D>
class Affine {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Affine";
  static_assert(D == Eigen::Dynamic || D > 0, "Affine: events need at least one row");

  Vector shift;
  Vector scale;

  Affine(const Vector& shift_in, const Vector& scale_in) : shift(shift_in), scale(scale_in) {
    detail::require_size(name, "a scale", shift.size(), scale.size());
    detail::require_coordinates(name, shift.size());
    detail::require_each(name, "a shift must be finite", shift, detail::finite<T>);
    detail::require_each(name, "a scale must be finite and not zero", scale,
                         [](T s) { return detail::finite(s) && s != T(0); });
  }

  Index event_size() const { return shift.size(); }

  static constexpr auto parameter_list() {
    return std::tuple{named("shift", &Affine::shift), named("scale", &Affine::scale)};
  }

  void forward(ConstTile<T> z, Tile<T> x, Row<T> log_det) const {
    x = (z.colwise() * scale.array()).colwise() + shift.array();
    log_det += scale.array().abs().log().sum();
  }

  void inverse(ConstTile<T> x, Tile<T> z, Row<T> log_det) const {
    z = (x.colwise() - shift.array()).colwise() / scale.array();
    log_det -= scale.array().abs().log().sum();
  }

  // dL/dz = scale dL/dx, dL/dshift = sum_n dL/dx, dL/dscale = sum_n z dL/dx + sum_n dL/dlog_det / scale.
  void forward_pullback(ConstTile<T> z, ConstTile<T>, ConstTile<T> x_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> z_gradient, ParameterGradient<T> gradient) const {
    z_gradient = x_gradient.colwise() * scale.array();
    gradient.head(event_size()) += x_gradient.rowwise().sum();
    gradient.tail(event_size()) += (x_gradient * z).rowwise().sum() + log_det_gradient.sum() / scale.array();
  }

  // dL/dx = dL/dz / scale, dL/dshift = -sum_n dL/dx, dL/dscale = -(sum_n z dL/dz + sum_n dL/dlog_det) / scale.
  void inverse_pullback(ConstTile<T>, ConstTile<T> z, ConstTile<T> z_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> x_gradient, ParameterGradient<T> gradient) const {
    x_gradient = z_gradient.colwise() / scale.array();
    gradient.head(event_size()) -= x_gradient.rowwise().sum();
    gradient.tail(event_size()) -= ((z_gradient * z).rowwise().sum() + log_det_gradient.sum()) / scale.array();
  }

  auto forward(const auto& z) const { return bijou::forward(*this, z); }
  auto inverse(const auto& x) const { return bijou::inverse(*this, x); }
  auto forward_log_det(const auto& z) const { return bijou::forward_log_det(*this, z); }
  auto inverse_log_det(const auto& x) const { return bijou::inverse_log_det(*this, x); }
};

}  // namespace bijou

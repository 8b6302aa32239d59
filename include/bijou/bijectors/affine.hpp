#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/numerics/sums.hpp>

namespace bijou {

/// x_i = scale_i z_i + shift_i, log|det dx/dz| = sum_i ln|scale_i|.
///
/// @f[
///   x_i = \text{scale}_i\, z_i + \text{shift}_i, \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = \sum_i
///   \ln|\text{scale}_i|
/// @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Both parameters are trained. A scale may be negative
/// but not zero: the constructor throws std::invalid_argument for a scale whose reciprocal is not finite, for numbers
/// that are not finite or for vectors of different sizes.
///
/// @code{.cpp}
/// const bijou::Affine<double, 2> f{{0.5, 0.25}, {1.0, 0.5}};
/// const Eigen::Vector2d x = f.forward(Eigen::Vector2d(1.0, 1.0));       // (1.5, 0.75)
/// const double log_det = f.forward_log_det(Eigen::Vector2d(1.0, 1.0));  // ln 0.5
/// @endcode
template <class T, int D>
class Affine : public BijectorCalls<Affine<T, D>> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Affine";
  static constexpr const char* formula = "x_i = scale_i z_i + shift_i";
  static_assert(D == Eigen::Dynamic || D > 0, "Affine: events need at least one row");

  Affine(const Vector& shift, const Vector& scale) : shift_(shift), scale_(scale) {
    detail::require_size(name, "a scale", shift.size(), scale.size());
    detail::require_coordinates(name, shift.size());
    detail::require_parameters(name, *this);
  }

  Index event_size() const { return shift_.size(); }
  static constexpr bool maps_in_order() { return true; }
  const Vector& shift() const { return shift_; }
  const Vector& scale() const { return scale_; }

  static constexpr auto members() {
    return Members{parameter("shift", &Affine::shift_), parameter<FiniteReciprocal>("scale", &Affine::scale_)};
  }

  using BijectorCalls<Affine>::forward;
  using BijectorCalls<Affine>::inverse;

  void forward(Evaluation<T> e) const {
    const Index rows = e.input.rows();
    e.output = (e.input.colwise() * scale_.head(rows).array()).colwise() + shift_.head(rows).array();
    e.log_det += log_abs_scale(rows);
  }

  void inverse(Evaluation<T> e) const {
    const Index rows = e.input.rows();
    e.output = (e.input.colwise() - shift_.head(rows).array()).colwise() / scale_.head(rows).array();
    e.log_det -= log_abs_scale(rows);
  }

  // dL/dz = scale dL/dx, dL/dshift = sum_n dL/dx, dL/dscale = sum_n z dL/dx + sum_n dL/dlog_det / scale.
  void forward_pullback(Pullback<T> p) const {
    p.input_gradient = p.output_gradient.colwise() * scale_.array();
    auto [d_shift, d_scale] = gradients(*this, p);
    d_shift += p.output_gradient.rowwise().sum();
    d_scale += (p.output_gradient * p.input).rowwise().sum() + p.log_det_gradient.sum() / scale_.array();
  }

  // dL/dx = dL/dz / scale, dL/dshift = -sum_n dL/dx, dL/dscale = -(sum_n z dL/dz + sum_n dL/dlog_det) / scale.
  void inverse_pullback(Pullback<T> p) const {
    p.input_gradient = p.output_gradient.colwise() / scale_.array();
    auto [d_shift, d_scale] = gradients(*this, p);
    d_shift -= p.input_gradient.rowwise().sum();
    d_scale -= ((p.output_gradient * p.output).rowwise().sum() + p.log_det_gradient.sum()) / scale_.array();
  }

 private:
  double log_abs_scale(Index rows) const { return detail::sum_in_order(scale_.head(rows).array().abs().log()); }

  Vector shift_;
  Vector scale_;
};

}  // namespace bijou

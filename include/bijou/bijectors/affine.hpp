#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <cmath>

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
    for (Index i = 0; i < e.input.rows(); ++i) {
      const V shift(shift_(i)), scale(scale_(i));
      for (Index n = 0; n < e.input.cols(); n += V::size) e.output.store(i, n, e.input.load(i, n) * scale + shift);
    }
    e.log_det += log_abs_scale(e.input.rows());
  }

  void inverse(Evaluation<T> e) const {
    for (Index i = 0; i < e.input.rows(); ++i) {
      const V shift(shift_(i)), scale(scale_(i));
      for (Index n = 0; n < e.input.cols(); n += V::size) e.output.store(i, n, (e.input.load(i, n) - shift) / scale);
    }
    e.log_det -= log_abs_scale(e.input.rows());
  }

  // dL/dz = scale dL/dx, dL/dshift = sum_n dL/dx, dL/dscale = sum_n z dL/dx + sum_n dL/dlog_det / scale.
  void forward_pullback(Pullback<T> p) const {
    auto [d_shift, d_scale] = gradients(*this, p);
    const T l = p.log_det_gradient.sum();
    for (Index i = 0; i < p.input.rows(); ++i) {
      const V scale(scale_(i));
      for (Index n = 0; n < p.input.cols(); n += V::size)
        p.input_gradient.store(i, n, p.output_gradient.load(i, n) * scale);
      d_shift(i) += p.output_gradient.row(i).sum();
      d_scale(i) += (p.output_gradient.row(i) * p.input.row(i)).sum() + l / scale_(i);
    }
  }

  // dL/dx = dL/dz / scale, dL/dshift = -sum_n dL/dx, dL/dscale = -(sum_n z dL/dz + sum_n dL/dlog_det) / scale.
  void inverse_pullback(Pullback<T> p) const {
    auto [d_shift, d_scale] = gradients(*this, p);
    const T l = p.log_det_gradient.sum();
    for (Index i = 0; i < p.input.rows(); ++i) {
      const V scale(scale_(i));
      for (Index n = 0; n < p.input.cols(); n += V::size)
        p.input_gradient.store(i, n, p.output_gradient.load(i, n) / scale);
      d_shift(i) -= p.input_gradient.row(i).sum();
      d_scale(i) -= ((p.output_gradient.row(i) * p.output.row(i)).sum() + l) / scale_(i);
    }
  }

 private:
  using V = Simd<T>;

  double log_abs_scale(Index rows) const {
    double sum = 0;
    for (Index i = 0; i < rows; ++i) sum += static_cast<double>(std::log(std::abs(scale_(i))));
    return sum;
  }

  Vector shift_;
  Vector scale_;
};

}  // namespace bijou

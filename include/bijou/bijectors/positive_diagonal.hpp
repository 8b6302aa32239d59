#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/numerics/triangular.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <cmath>

namespace bijou::detail {

/// The diagonal of a triangular matrix, d_i = softplus(a_i) + 1e-3 of unconstrained a (D numbers), so that it is never
/// singular whatever training does: nflows' LULinear. In the arena.
template <class T>
class PositiveDiagonal {
  using Map = scale_maps::SoftplusFloor;

 public:
  template <class Vector>
  PositiveDiagonal(const Vector& unconstrained, Arena& arena)
      : unconstrained_(unconstrained.data()), values_(arena.template zeros<T>(unconstrained.size())) {
    for (Index i = 0; i < values_.size(); ++i) values_(i) = Map::scale(Simd<T>(unconstrained_[i])).first();
  }

  /// The a for which d = 1.
  static T of_one() { return static_cast<T>(std::log(std::expm1(1 - 1e-3))); }

  const T* data() const { return values_.data(); }
  T operator()(Index i) const { return values_(i); }
  Index size() const { return values_.size(); }

  /// ln det.
  double log_det() const {
    double sum = 0;
    for (Index i = 0; i < values_.size(); ++i) {
      sum += static_cast<double>(Map::log_scale(Simd<T>(unconstrained_[i])).first());
    }
    return sum;
  }
  /// dd_i/da_i
  T slope(Index i) const { return values_(i) * Map::log_scale_slope(Simd<T>(unconstrained_[i])).first(); }
  /// Adds sign dL/da_i, where dL/dd_i = sum_n (g_i x_i + dL/dlog_det / d_i): g and x are the gradient behind the matrix
  /// and the numbers before it, D x N.
  template <class Gradient>
  void add_gradient(T sign, const ConstTile<T>& g, const ConstTile<T>& x, T log_det_gradient,
                    Gradient& gradient) const {
    for (Index i = 0; i < size(); ++i) {
      const T sum = dot<T>(g.row(i), x.row(i)) + log_det_gradient / values_(i);
      gradient(i) += sign * sum * slope(i);
    }
  }

 private:
  const T* unconstrained_;
  ParameterGradient<T> values_;
};

}  // namespace bijou::detail

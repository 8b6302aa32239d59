#pragma once

#include <bijou/core/arena.hpp>
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

 private:
  const T* unconstrained_;
  ParameterGradient<T> values_;
};

}  // namespace bijou::detail

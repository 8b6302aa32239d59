#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/open_interval.hpp>
#include <cmath>
#include <limits>
#include <string>

namespace bijou {

/// Data within bounds, each coordinate with its own; the density is that of the data within them and -infinity outside
/// and on the bounds. With low and high finite z = ln((x - low) / (high - x)), with one of them z = ln(x - low) or
/// z = -ln(high - x), with none z = x.
///
/// @f[ z_i = \ln\frac{x_i - \text{low}_i}{\text{high}_i - x_i}, \qquad \text{low}_i < x_i < \text{high}_i @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. A bound that does not exist is infinite. No draw
/// lies outside or on a bound. The inverse of an event that lies there is 0 with a log-det of -infinity. Between two
/// finite bounds an event is told from its bound down to 1e-38 of their distance (1e-308 in double). Throws
/// std::invalid_argument unless low < high, and if high - low overflows.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const float infinity = std::numeric_limits<float>::infinity();
/// const bijou::Box<float, 2> box{{0.0f, 0.0f}, {1.0f, infinity}};  // a fraction, and a positive number
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                           bijou::Chain{box, bijou::MAF<float, 2>{{32}, rng}}};
/// @endcode
template <class T, int D>
class Box : public BijectorCalls<Box<T, D>> {
 public:
  using Scalar = T;
  using Vector = Eigen::Matrix<T, D, 1>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Box";
  static constexpr const char* formula = "low_i < x_i < high_i";

  Box(const Vector& low, const Vector& high) : low_(low), high_(high) {
    detail::require_size(name, "an upper bound", low.size(), high.size());
    detail::require_coordinates(name, low.size());
    detail::require_no_error(name, state_error());
  }

  Index event_size() const { return low_.size(); }
  static constexpr bool maps_in_order() { return true; }
  const Vector& low() const { return low_; }
  const Vector& high() const { return high_; }

  static constexpr auto members() { return Members{state("low", &Box::low_), state("high", &Box::high_)}; }

  std::string state_error() const {
    for (Index i = 0; i < low_.size(); ++i) {
      const bool two_bounds = detail::finite(low_(i)) && detail::finite(high_(i));
      if (low_(i) < high_(i) && (!two_bounds || detail::finite(high_(i) - low_(i))) &&
          std::nextafter(low_(i), high_(i)) < high_(i)) {
        continue;
      }
      return detail::joined({"expected low < high with numbers between them and a finite distance, got ", low_(i),
                             " and ", high_(i), " in coordinate ", i});
    }
    return {};
  }

  using BijectorCalls<Box>::forward;
  using BijectorCalls<Box>::inverse;

  void forward(Evaluation<T> e) const {
    for_each_coordinate(e.input, [&](Index i, const Bounds& bounds, auto kind) {
      for (Index n = 0; n < e.input.cols(); n += V::size) {
        const V z = e.input.load(i, n);
        e.output.store(i, n, bounds.clamp_image(kind.value(bounds, z), z));
        e.log_det.add(n, kind.log_slope(bounds, z));
      }
    });
  }

  void inverse(Evaluation<T> e) const {
    for_each_coordinate(e.input, [&](Index i, const Bounds& bounds, auto kind) {
      for (Index n = 0; n < e.input.cols(); n += V::size) {
        const V x = e.input.load(i, n);
        const V inside = bounds.inside(x);
        const V outside = bounds.outside(x);
        e.output.store(i, n, select(outside, V::of(0), kind.inverse(bounds, inside)));
        e.log_det.add(n, select(outside, V(-infinity), -kind.log_slope_at(bounds, inside)));
      }
    });
  }

  // With l = ln dx/dz: dL/dz = e^l dL/dx + dl/dz dL/dlog_det.
  void forward_pullback(Pullback<T> p) const {
    for_each_coordinate(p.input, [&](Index i, const Bounds& bounds, auto kind) {
      for (Index n = 0; n < p.input.cols(); n += V::size) {
        const V z = p.input.load(i, n);
        p.input_gradient.store(i, n,
                               p.output_gradient.load(i, n) * exp(kind.log_slope(bounds, z)) +
                                   p.log_det_gradient.load(n) * kind.log_slope_derivative(z));
      }
    });
  }

  // dL/dx = (dL/dz - dl/dz dL/dlog_det) e^-l; 0 outside.
  void inverse_pullback(Pullback<T> p) const {
    for_each_coordinate(p.input, [&](Index i, const Bounds& bounds, auto kind) {
      for (Index n = 0; n < p.input.cols(); n += V::size) {
        const V x = p.input.load(i, n);
        const V inside = bounds.inside(x);
        const V d_z =
            p.output_gradient.load(i, n) - p.log_det_gradient.load(n) * kind.log_slope_derivative(p.output.load(i, n));
        p.input_gradient.store(i, n, select(bounds.outside(x), V::of(0), d_z * kind.reciprocal_slope(bounds, inside)));
      }
    });
  }

 private:
  using V = Simd<T>;
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  /// The bounds of a coordinate, and what lies between them.
  struct Bounds : detail::OpenInterval<T> {
    V low, high, width, log_width;

    Bounds(T low_bound, T high_bound)
        : detail::OpenInterval<T>(low_bound, high_bound),
          low(low_bound),
          high(high_bound),
          width(high_bound - low_bound),
          log_width(std::log(high_bound - low_bound)) {}
  };

  struct Both {  // x = low + width sigmoid(z), ln dx/dz = ln width - softplus(z) - softplus(-z)
    static V value(const Bounds& b, V z) {
      const auto s = sigmoid_pair(z);
      return select(z < V::of(0), b.low + b.width * s.value, b.high - b.width * s.complement);
    }
    static V inverse(const Bounds& b, V x) { return log((x - b.low) / (b.high - x)); }
    static V log_slope(const Bounds& b, V z) { return b.log_width - softplus(z) - softplus(-z); }
    static V log_slope_at(const Bounds& b, V x) { return log(x - b.low) + log(b.high - x) - b.log_width; }
    static V log_slope_derivative(V z) {
      const auto s = sigmoid_pair(z);
      return s.complement - s.value;
    }
    static V reciprocal_slope(const Bounds& b, V x) { return b.width / (x - b.low) / (b.high - x); }
  };

  struct Lower {  // x = low + e^z
    static V value(const Bounds& b, V z) { return b.low + exp(z); }
    static V inverse(const Bounds& b, V x) { return log(x - b.low); }
    static V log_slope(const Bounds&, V z) { return z; }
    static V log_slope_at(const Bounds& b, V x) { return log(x - b.low); }
    static V log_slope_derivative(V) { return V::of(1); }
    static V reciprocal_slope(const Bounds& b, V x) { return V::of(1) / (x - b.low); }
  };

  struct Upper {  // x = high - e^-z
    static V value(const Bounds& b, V z) { return b.high - exp(-z); }
    static V inverse(const Bounds& b, V x) { return -log(b.high - x); }
    static V log_slope(const Bounds&, V z) { return -z; }
    static V log_slope_at(const Bounds& b, V x) { return log(b.high - x); }
    static V log_slope_derivative(V) { return V::of(-1); }
    static V reciprocal_slope(const Bounds& b, V x) { return V::of(1) / (b.high - x); }
  };

  struct None {  // x = z
    static V value(const Bounds&, V z) { return z; }
    static V inverse(const Bounds&, V x) { return x; }
    static V log_slope(const Bounds&, V) { return V::of(0); }
    static V log_slope_at(const Bounds&, V) { return V::of(0); }
    static V log_slope_derivative(V) { return V::of(0); }
    static V reciprocal_slope(const Bounds&, V) { return V::of(1); }
  };

  /// body(i, bounds of coordinate i, the maps of its kind).
  template <class Tile, class Body>
  void for_each_coordinate(const Tile& events, Body body) const {
    for (Index i = 0; i < events.rows(); ++i) {
      const Bounds bounds(low_(i), high_(i));
      const bool from_below = detail::finite(low_(i));
      const bool from_above = detail::finite(high_(i));
      if (from_below && from_above)
        body(i, bounds, Both{});
      else if (from_below)
        body(i, bounds, Lower{});
      else if (from_above)
        body(i, bounds, Upper{});
      else
        body(i, bounds, None{});
    }
  }

  Vector low_;
  Vector high_;
};

}  // namespace bijou

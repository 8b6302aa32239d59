#pragma once

#include <bijou/bijectors/elementwise.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/core/moments.hpp>
#include <bijou/transformers/affine.hpp>
#include <cmath>
#include <string>

namespace bijou {

/// z_i = e^a_i x_i + t_i with trained t and a, log|det dz/dx| = sum_i a_i. `initialize`, which fit calls, starts it
/// such that z has mean 0 and deviation 1 for the data that reach it; the identity until then. Kingma & Dhariwal 2018
/// (Glow), section 3.1; nflows' ActNorm, with the deviation of the population (1 / N). It is started once: that it has
/// been is state, which copies have too.
///
/// @f[ z_i = e^{a_i} x_i + t_i, \qquad \ln\left|\det\frac{\partial z}{\partial x}\right| = \sum_i a_i @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. A constant coordinate gets deviation 1 and a warning
/// on stderr that names it.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{
///     bijou::StandardNormal<float, 2>{},
///     bijou::Chain{bijou::ActNorm<float, 2>{}, bijou::MAF<float, 2>{{32}, rng}, bijou::ActNorm<float, 2>{}}};
/// bijou::fit(flow, data, {.epochs = 2}, rng);
/// @endcode
template <class T, int D>
class ActNorm : public BijectorCalls<ActNorm<T, D>> {
  using Map = Elementwise<D, AffineTransformer<T, scale_maps::Exp>>;

 public:
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "ActNorm";
  static constexpr const char* formula = "z_i = e^a_i x_i + t_i";

  ActNorm()
  requires(D != Eigen::Dynamic)
      : ActNorm(Index{D}, 0) {}
  explicit ActNorm(Index event_size)
  requires(D == Eigen::Dynamic)
      : ActNorm(event_size, 0) {}

  /// With t and a, 2 x D, that are known; nothing is learned then.
  explicit ActNorm(const typename Map::Matrix& parameters) : map_({}, parameters), is_initialized_(true) {}

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return map_.event_size(); }
  static constexpr bool maps_in_order() { return true; }
  /// t and a, 2 x D.
  const typename Map::Parameters& parameters() const { return map_.parameters(); }

  static constexpr auto members() {
    return Members{part("map", &ActNorm::map_), state("is_initialized", &ActNorm::is_initialized_)};
  }

  bool is_initialized() const { return is_initialized_; }
  void initialize(const detail::LearningBatch<T>& batch) {
    Eigen::Vector<T, Eigen::Dynamic> mean(event_size()), deviation(event_size());
    detail::find_moments(name, batch.events, mean, deviation, batch.ranks);
    typename Map::Matrix parameters(2, event_size());
    for (Index i = 0; i < event_size(); ++i) {
      parameters(0, i) = -mean(i) / deviation(i);
      parameters(1, i) = -std::log(deviation(i));
    }
    map_ = Map({}, parameters);
    is_initialized_ = true;
  }

  using BijectorCalls<ActNorm>::forward;
  using BijectorCalls<ActNorm>::inverse;

  // Those of the map, but with one exponential for each coordinate in place of one for each number.
  void forward(Evaluation<T> e) const {
    for (Index i = 0; i < e.input.rows(); ++i) {
      const V s = scale(i), t = shift(i);
      for (Index n = 0; n < e.input.cols(); n += V::size) e.output.store(i, n, (e.input.load(i, n) - t) / s);
    }
    e.log_det -= log_det(e.input.rows());
  }
  void inverse(Evaluation<T> e) const {
    for (Index i = 0; i < e.input.rows(); ++i) {
      const V s = scale(i), t = shift(i);
      for (Index n = 0; n < e.input.cols(); n += V::size) e.output.store(i, n, s * e.input.load(i, n) + t);
    }
    e.log_det += log_det(e.input.rows());
  }
  void forward_pullback(Pullback<T> p) const {
    for_each_packet(p, [](V g, V s) { return g / s; });
    add_gradients(p, T(-1), p.output, p.output_gradient, p.input_gradient);
  }
  void inverse_pullback(Pullback<T> p) const {
    for_each_packet(p, [](V g, V s) { return s * g; });
    add_gradients(p, T(1), p.input, p.input_gradient, p.output_gradient);
  }

 private:
  using V = Simd<T>;

  V shift(Index i) const { return V(parameters()(0, i)); }
  V scale(Index i) const { return scale_maps::Exp::scale(V(parameters()(1, i))); }
  /// Of the first rows, which is all of them unless a marginal is asked for.
  double log_det(Index rows) const { return parameters().row(1).head(rows).template cast<double>().sum(); }

  /// The gradient for the input is f(that for the output, s).
  template <class F>
  void for_each_packet(Pullback<T>& p, F f) const {
    for (Index i = 0; i < p.input.rows(); ++i) {
      const V s = scale(i);
      for (Index n = 0; n < p.input.cols(); n += V::size)
        p.input_gradient.store(i, n, f(p.output_gradient.load(i, n), s));
    }
  }

  /// With l = dL/dlog_det and sign = 1 where z comes from x, -1 where x comes from z: dL/dt = sign sum dL/dz,
  /// dL/da = sign sum (x dL/dx + l).
  void add_gradients(Pullback<T>& p, T sign, const ConstTile<T>& x, const ConstTile<T>& d_x,
                     const ConstTile<T>& d_z) const {
    const Arena::Frame frame(p.pass.arena);
    auto [d_map] = gradients(*this, p);
    if (d_map.size() == 0) return;
    const T l = p.log_det_gradient.sum();
    for (Index i = 0; i < p.input.rows(); ++i) {
      d_map(2 * i) += sign * d_z.row(i).sum();
      d_map(2 * i + 1) += sign * ((x.row(i) * d_x.row(i)).sum() + l);
    }
  }

  ActNorm(Index event_size, int) : map_(Map::of_size(detail::require_coordinates(name, event_size))) {}

  Map map_;
  bool is_initialized_ = false;
};

}  // namespace bijou

#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/conditioners/network_options.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/half_turn.hpp>
#include <bijou/numerics/random.hpp>
#include <numbers>
#include <utility>
#include <vector>

namespace bijou {

/// A network whose inputs on a circle enter as sine and cosine, so that the two ends of the period P_i are one place to
/// it; a period of 0 leaves x_i as it is. To be used beside transformers on a circle, spline_edges::Circular.
///
/// @f[ x_i \mapsto \left(\sin\frac{2 \pi x_i}{P_i}, \cos\frac{2 \pi x_i}{P_i}\right) @f]
///
/// C: the network, Mlp or, for Autoregressive, Made. D: the number of inputs or Eigen::Dynamic. periods: one for each
/// input. Throws std::invalid_argument for
/// periods that are negative, not finite or without a finite reciprocal.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Spline = bijou::RationalQuadraticSpline<float, 8, bijou::spline_edges::Circular>;
/// using Conditioner = bijou::PeriodicFeatures<bijou::Made<float>>;
/// const Spline spline(-3.14159274f, 3.14159274f);
/// const Conditioner network{Eigen::Vector2f::Constant(6.28318548f), spline.parameters_per_coordinate(), {64}, rng};
/// const Eigen::Vector2f end = Eigen::Vector2f::Constant(3.14159274f);
/// const bijou::TransformedDistribution two_angles{bijou::Uniform<float, 2>{-end, end},  // on the same circles
///                                                 bijou::Autoregressive<2, Spline, Conditioner>{spline, network}};
/// @endcode
template <Conditioner C, int D = Eigen::Dynamic>
class PeriodicFeatures {
  using T = typename C::Scalar;
  using V = Simd<T>;

 public:
  using Scalar = T;
  using Vector = Eigen::Vector<T, D>;
  static constexpr const char* name = "PeriodicFeatures";
  static constexpr bool is_autoregressive = SequentialConditioner<C> && !detail::says_autoregressive<C, false>();

  /// network: with a place for each feature.
  PeriodicFeatures(Vector periods, C network) : periods_(std::move(periods)), network_(std::move(network)) {
    detail::require_size(name, "a network with input", feature_count(periods_), network_.input_size());
  }

  /// outputs: of all of an Mlp, of each coordinate of a Made.
  template <UniformRandomBitGenerator Rng>
  PeriodicFeatures(Vector periods, Index outputs, const NetworkOptions& options, Rng& rng)
      : PeriodicFeatures(periods, make_network(periods, outputs, options, rng)) {}

  Index input_size() const { return periods_.size(); }
  Index output_size() const { return network_.output_size(); }
  Index context_size() const { return network_.context_size(); }
  /// Of a network whose type is decided at run time.
  bool hides_inputs() const
  requires requires(const C& c) { c.hides_inputs(); }
  {
    return network_.hides_inputs();
  }
  /// The period of each coordinate; 0 for one that is no angle.
  const Vector& periods() const { return periods_; }
  /// The network behind the features.
  const C& network() const { return network_; }

  static constexpr auto members() {
    return Members{structure("periods", &PeriodicFeatures::periods_), part("network", &PeriodicFeatures::network_)};
  }

  struct Cache {
    typename C::Cache network;
    Tile<T> features;
  };
  /// What evaluate takes.
  using Evaluation = ConditionerEvaluation<T, Cache>;
  /// What pullback takes.
  using Pullback = ConditionerPullback<T, Cache>;

  void evaluate(Evaluation e) const {
    take_features(e);
    fill(0, input_size(), e);
    network_.evaluate(inner(e));
  }

  void pullback(Pullback p) const {
    const Arena::Frame frame(p.pass.arena);
    const Tile<T> gradient = p.pass.arena.template tile<T>(network_.input_size(), p.output_gradient.cols());
    network_.pullback(inner(p, gradient));
    pull_back(0, input_size(), gradient, p);
  }

  // What Autoregressive asks for. Step s sees the coordinates before s.
  int steps() const
  requires SequentialConditioner<C>
  {
    return static_cast<int>(network_.steps());
  }
  void start(Evaluation e) const
  requires SequentialConditioner<C>
  {
    take_features(e);
    e.cache.features.setZero();
    network_.start(inner(e));
  }
  void evaluate_steps(int first, int last, Evaluation e) const
  requires SequentialConditioner<C>
  {
    fill((std::max)(first - 1, 0), last - 1, e);
    network_.evaluate_steps(first, last, inner(e));
  }

  class StepwisePullback {
   public:
    StepwisePullback(const PeriodicFeatures& whole, Pullback p)
        : whole_(whole),
          p_(p),
          gradient_(p.pass.arena.template tile<T>(whole.network_.input_size(), p.output_gradient.cols())),
          back_(whole.network_.start_pullback(whole.inner(p_, gradient_))) {}

    void steps(int first, int last) {
      back_.steps(first, last);
      const Index end = last == whole_.steps() ? whole_.input_size() : last - 1;
      whole_.pull_back((std::max)(first - 1, 0), end, gradient_, p_);
    }
    void finish() { back_.finish(); }

   private:
    const PeriodicFeatures& whole_;
    Pullback p_;
    Tile<T> gradient_;
    decltype(std::declval<const C&>().start_pullback(std::declval<ConditionerPullback<T, typename C::Cache>>())) back_;
  };

  auto start_pullback(Pullback p) const
  requires SequentialConditioner<C>
  {
    return StepwisePullback(*this, p);
  }

 private:
  static Index feature_count(const Vector& periods) {
    for (Index i = 0; i < periods.size(); ++i) {
      const bool has_inverse = periods(i) == T(0) || detail::finite(T(1) / periods(i));
      if (periods(i) >= 0 && detail::finite(periods(i)) && has_inverse) continue;
      detail::throw_invalid_argument(name, "expected periods of 0 or more with a finite reciprocal, got ", periods(i),
                                     " in coordinate ", i);
    }
    return periods.size() + (periods.array() > 0).count();
  }

  template <class Rng>
  static C make_network(const Vector& periods, Index outputs, const NetworkOptions& options, Rng& rng) {
    const Index features = feature_count(periods);
    if constexpr (requires(std::vector<int> places) { C(places, outputs, options, rng); }) {
      std::vector<int> places;  // of each coordinate among the inputs
      for (const T period : periods) places.push_back(period > 0 ? 2 : 1);
      return C(std::move(places), outputs, options, rng);
    } else {
      return C(features, outputs, options, rng);
    }
  }

  void take_features(Evaluation& e) const {
    e.cache.features.rebind(e.pass.arena.template tile<T>(network_.input_size(), e.input.cols()));
  }

  static ConditionerEvaluation<T, typename C::Cache> inner(const Evaluation& e) {
    return {e.cache.features, e.output, e.cache.network, e.pass};
  }
  static ConditionerPullback<T, typename C::Cache> inner(const Pullback& p, Tile<T> gradient) {
    return {p.output_gradient, gradient, p.parameter_gradient, p.cache.network, p.pass};
  }

  /// body(i, row of its first feature) for the inputs first, ..., last - 1.
  template <class Body>
  void for_each_input(Index first, Index last, Body body) const {
    Index row = 0;
    for (Index i = 0; i < last; ++i) {
      if (i >= first) body(i, row);
      row += periods_(i) > 0 ? 2 : 1;
    }
  }

  // Which way an input goes is decided before the loop over events: inside, compilers divide by the period first.
  void fill(Index first, Index last, const Evaluation& e) const {
    Tile<T> features = e.cache.features;
    const Index events = e.input.cols();
    for_each_input(first, last, [&](Index i, Index row) {
      if (!(periods_(i) > 0)) {
        for (Index n = 0; n < events; n += V::size) features.store(row, n, e.input.load(i, n));
        return;
      }
      const V turns_per_unit(T(1) / periods_(i));
      for (Index n = 0; n < events; n += V::size) {
        const V turns = e.input.load(i, n) * turns_per_unit;
        const V angle = (turns - nearest_integer(turns)) * V::of(2 * std::numbers::pi);
        const V size = minimum(abs(angle), V::of(std::numbers::pi));
        const V sine = sine_of_half_turn(size);
        features.store(row, n, select(angle < V::of(0), -sine, sine));
        features.store(row + 1, n, cosine_of_half_turn(size));
      }
    });
  }

  // With s = sin(w x), c = cos(w x): dL/dx = w (c dL/ds - s dL/dc).
  void pull_back(Index first, Index last, const ConstTile<T>& gradient, Pullback p) const {
    const ConstTile<T> features = p.cache.features;
    const Index events = gradient.cols();
    for_each_input(first, last, [&](Index i, Index row) {
      if (!(periods_(i) > 0)) {
        for (Index n = 0; n < events; n += V::size) p.input_gradient.store(i, n, gradient.load(row, n));
        return;
      }
      const V w = V::of(2 * std::numbers::pi) * V(T(1) / periods_(i));
      for (Index n = 0; n < events; n += V::size) {
        const V of_sine = features.load(row + 1, n) * gradient.load(row, n);
        p.input_gradient.store(i, n, w * (of_sine - features.load(row, n) * gradient.load(row + 1, n)));
      }
    });
  }

  Vector periods_;
  C network_;
};

}  // namespace bijou

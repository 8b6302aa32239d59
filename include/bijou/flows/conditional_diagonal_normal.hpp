#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace bijou {

/// ln p(x | c) = -sum_i [ u_i^2 / 2 + ln s(a_i) + ln(2 pi) / 2 ], u_i = (x_i - mu_i) / s(a_i), (mu, a) from a network
/// of the context c alone: the base of a flow whose place and width follow the context.
///
/// @f[ p(x \mid c) = \prod_i N\bigl(x_i; \mu_i(c), \sigma_i(c)^2\bigr) @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. C: a Conditioner without inputs, whose outputs are
/// mu_0, a_0, mu_1, a_1, ... Map: how the unconstrained a becomes a scale. Throws std::invalid_argument for sizes that
/// do not fit, and without a context.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::ConditionalDiagonalNormal<double, 2> p{{{32, 32}, 3}, rng};  // a context of three rows
/// const Eigen::Matrix3Xd contexts = Eigen::Matrix3Xd::Random(3, 100);
/// const Eigen::Matrix2Xd x = p.given(contexts).sample(rng);
/// const Eigen::VectorXd log_p = p.given(contexts).log_prob(x);
/// @endcode
template <class T, int D, Conditioner C = Mlp<T>, ScaleMap Map = scale_maps::SoftClippedExp>
class ConditionalDiagonalNormal : public DistributionCalls<ConditionalDiagonalNormal<T, D, C, Map>, T, D> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "ConditionalDiagonalNormal";
  static constexpr const char* formula = "x_i ~ N(mu_i(c), s(a_i(c))^2)";
  static_assert(D == Eigen::Dynamic || D > 0, "ConditionalDiagonalNormal: events need at least one row");

  explicit ConditionalDiagonalNormal(C conditioner) : conditioner_(std::move(conditioner)) {
    detail::require_size(name, "a conditioner with input", 0, conditioner_.input_size());
    if (conditioner_.context_size() == 0) detail::throw_invalid_argument(name, "needs a context of at least 1 row");
    detail::require_coordinates(name, event_size());
    const Index size = D == Eigen::Dynamic ? event_size() : Index{D};
    detail::require_size(name, "a conditioner with output", 2 * size, conditioner_.output_size());
  }

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  ConditionalDiagonalNormal(const NetworkOptions& network, Rng& rng)
      : ConditionalDiagonalNormal(C(0, 2 * D, network, rng)) {}

  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  ConditionalDiagonalNormal(Index event_size, const NetworkOptions& network, Rng& rng)
      : ConditionalDiagonalNormal(C(0, 2 * event_size, network, rng)) {}

  Index event_size() const { return conditioner_.output_size() / 2; }
  Index context_size() const { return conditioner_.context_size(); }
  const C& conditioner() const { return conditioner_; }

  static constexpr auto members() { return Members{part("conditioner", &ConditionalDiagonalNormal::conditioner_)}; }

  static std::array<Policy, 1> policies() { return {{{"scale", policy_name<Map>}}}; }

  /// What the conditioner keeps, and mu and a: 2 D x N.
  struct Cache {
    typename C::Cache conditioner;
    Tile<T> parameters;
  };

  using DistributionCalls<ConditionalDiagonalNormal, T, D>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    evaluate(e.input.cols(), e.cache, e.pass);
    e.log_prob -= constant();
    for (Index i = 0; i < e.input.rows(); ++i) {
      for (Index n = 0; n < e.input.cols(); n += Simd<T>::size) {
        const Simd<T> a = e.cache.parameters.load(2 * i + 1, n);
        const Simd<T> u = (e.input.load(i, n) - e.cache.parameters.load(2 * i, n)) / Map::scale(a);
        e.log_prob.add(n, Simd<T>::of(-0.5) * u * u - Map::log_scale(a));
      }
    }
  }

  // With g = dL/dln p: dL/dx = -g u / s, dL/dmu = g u / s, dL/da = g (u^2 - 1) d ln s/da.
  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    const Arena::Frame frame(p.pass.arena);
    Tile<T> parameters_gradient = p.pass.arena.template tile<T>(conditioner_.output_size(), p.input.cols());
    for (Index i = 0; i < p.input.rows(); ++i) {
      for (Index n = 0; n < p.input.cols(); n += Simd<T>::size) {
        const Simd<T> a = p.cache.parameters.load(2 * i + 1, n);
        const Simd<T> s = Map::scale(a);
        const Simd<T> u = (p.input.load(i, n) - p.cache.parameters.load(2 * i, n)) / s;
        const Simd<T> g = p.log_prob_gradient.load(n);
        const Simd<T> d_mu = g * u / s;
        p.input_gradient.store(i, n, -d_mu);
        parameters_gradient.store(2 * i, n, d_mu);
        parameters_gradient.store(2 * i + 1, n, g * (u * u - Simd<T>::of(1)) * Map::log_scale_slope(a));
      }
    }
    const Tile<T> no_input = p.pass.arena.template tile<T>(0, p.input.cols());
    conditioner_.pullback({parameters_gradient, no_input, p.parameter_gradient, p.cache.conditioner, p.pass});
  }

  /// Fills `events` with standard normal numbers; map_noise makes events of them.
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < events.rows(); ++i) events(i, n) = static_cast<T>(normal(rng));
    }
  }

  void map_noise(NoiseEvaluation<T, Cache> e) const {
    evaluate(e.noise.cols(), e.cache, e.pass);
    e.log_prob -= constant();
    for (Index i = 0; i < e.noise.rows(); ++i) {
      for (Index n = 0; n < e.noise.cols(); n += Simd<T>::size) {
        const Simd<T> a = e.cache.parameters.load(2 * i + 1, n);
        const Simd<T> u = e.noise.load(i, n);
        e.output.store(i, n, e.cache.parameters.load(2 * i, n) + Map::scale(a) * u);
        e.log_prob.add(n, Simd<T>::of(-0.5) * u * u - Map::log_scale(a));
      }
    }
  }

 private:
  double constant() const { return 0.5 * static_cast<double>(event_size()) * std::log(2 * std::numbers::pi); }

  void evaluate(Index events, Cache& cache, Pass<T>& pass) const {
    cache.parameters.rebind(pass.arena.template units<T>(conditioner_.output_size(), events));
    const ConstTile<T> no_input = pass.arena.template tile<T>(0, events);
    conditioner_.evaluate({no_input, cache.parameters, cache.conditioner, pass});
  }

  C conditioner_;
};

}  // namespace bijou

#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/distributions/mixture_density.hpp>
#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/transformers/scale_maps.hpp>
#include <array>
#include <utility>

namespace bijou {

/// A mixture density network (Bishop 1994): p(x | c) = sum_k w_k(c) prod_i N(x_i; loc_ki(c), scale_ki(c)^2), whose
/// numbers a network of the context c gives relative to a start, a mixture without a context: logit_k = its logit +
/// l_k, loc_ki = its loc + its scale m_ki, scale_ki = its scale s(a_ki).
///
/// @f[ p(x \mid c) = \sum_k w_k(c) \prod_i N\bigl(x_i; \mu_{ik}(c), \sigma_{ik}(c)^2\bigr) @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. C: a Conditioner without inputs, whose outputs are
/// the K numbers l, then m_00, a_00, m_01, a_01, ... component by component. Map: how a becomes a scale.
/// MostComponents: as of MixtureOfGaussians. The start is not trained; `initialize`, which fit calls, makes it the
/// k-means of the events, whatever their contexts. Throws std::invalid_argument for sizes that do not fit, and without
/// a context.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::ConditionalMixtureOfGaussians<double, 2> p{8, {{32, 32}, 3}, rng};  // a context of three rows
/// const Eigen::Matrix3Xd contexts = Eigen::Matrix3Xd::Random(3, 100);
/// const Eigen::Matrix2Xd x = p.given(contexts).sample(rng);
/// const Eigen::VectorXd log_p = p.given(contexts).log_prob(x);
/// @endcode
template <class T, int D, Conditioner C = Mlp<T>, ScaleMap Map = scale_maps::SoftClippedExp,
          int MostComponents = Eigen::Dynamic>
class ConditionalMixtureOfGaussians
    : public DistributionCalls<ConditionalMixtureOfGaussians<T, D, C, Map, MostComponents>, T, D> {
  using Start = MixtureOfGaussians<T, D, MostComponents>;

 public:
  using Scalar = T;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "ConditionalMixtureOfGaussians";
  static constexpr const char* formula = "x ~ sum_k w_k(c) N(loc_k(c), diag(scale_k(c))^2)";

  ConditionalMixtureOfGaussians(Start start, C conditioner)
      : start_(std::move(start)), conditioner_(std::move(conditioner)) {
    detail::require_size(name, "a conditioner with input", 0, conditioner_.input_size());
    if (conditioner_.context_size() == 0) detail::throw_invalid_argument(name, "needs a context of at least 1 row");
    detail::require_size(name, "a conditioner with output", outputs(event_size(), components()),
                         conditioner_.output_size());
  }

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  ConditionalMixtureOfGaussians(Index components, const NetworkOptions& network, Rng& rng)
      : ConditionalMixtureOfGaussians(Start(components, rng), C(0, outputs(D, components), network, rng)) {}

  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  ConditionalMixtureOfGaussians(Index event_size, Index components, const NetworkOptions& network, Rng& rng)
      : ConditionalMixtureOfGaussians(Start(event_size, components, rng),
                                      C(0, outputs(event_size, components), network, rng)) {}

  Index event_size() const { return start_.event_size(); }
  Index noise_size() const { return start_.noise_size(); }
  Index context_size() const { return conditioner_.context_size(); }
  Index components() const { return start_.components(); }
  const C& conditioner() const { return conditioner_; }
  /// The mixture that there is where the network gives 0.
  const Start& start() const { return start_; }

  static constexpr auto members() {
    return Members{frozen("start", &ConditionalMixtureOfGaussians::start_),
                   part("conditioner", &ConditionalMixtureOfGaussians::conditioner_)};
  }

  bool is_initialized() const { return start_.is_initialized(); }
  void initialize(const detail::LearningBatch<T>& batch) { start_.initialize(batch); }

  static std::array<Policy, 1> policies() { return {{{"scale", policy_name<Map>}}}; }

  /// What the conditioner keeps and gives, the weights and the responsibilities, K x N each.
  struct Cache {
    typename C::Cache conditioner;
    Tile<T> outputs;
    Tile<T> weights;
    Tile<T> responsibilities;
  };

  using DistributionCalls<ConditionalMixtureOfGaussians, T, D>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    evaluate(e.log_prob, e.cache, e.pass);
    add_log_prob(e.input, e.log_prob, e.cache, e.pass.arena);
  }

  // dL/dl_k = g (r_k - w_k), dL/dm = scale of the start dL/dloc, dL/da = dL/dln scale d ln s/da.
  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    const Arena::Frame frame(p.pass.arena);
    const ConstTile<T> outputs = p.cache.outputs;
    Tile<T> into = p.pass.arena.template tile<T>(outputs.rows(), p.input.cols());
    for (Index k = 0; k < components(); ++k) {
      for (Index n = 0; n < p.input.cols(); n += Simd<T>::size) {
        const Simd<T> excess = p.cache.responsibilities.load(k, n) - p.cache.weights.load(k, n);
        into.store(k, n, p.log_prob_gradient.load(n) * excess);
      }
    }
    const auto store = [&](Index k, Index i, const Row<T>& by_loc, const Row<T>& by_log_scale) {
      const Index row = row_of(k, i);
      const Simd<T> unit(std::exp(start_.log_scales()(i, k)));
      for (Index n = 0; n < p.input.cols(); n += Simd<T>::size) {
        into.store(row, n, unit * by_loc.load(n));
        into.store(row + 1, n, by_log_scale.load(n) * Map::log_scale_slope(outputs.load(row + 1, n)));
      }
    };
    detail::pull_back_mixture<T>(Source{*this, outputs}, p.input, p.cache.responsibilities, p.log_prob_gradient,
                                 p.input_gradient, p.pass.arena, store);
    const Tile<T> no_input = p.pass.arena.template tile<T>(0, p.input.cols());
    conditioner_.pullback({into, no_input, p.parameter_gradient, p.cache.conditioner, p.pass});
  }

  /// Fills in noise, D + 1 numbers for each event; map_noise makes events of it.
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, Rng& rng) const {
    detail::draw_mixture_noise<T>(noise, rng);
  }
  void scale_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, T temperature) const {
    detail::scale_mixture_noise<T>(noise, temperature);
  }

  void map_noise(NoiseEvaluation<T, Cache> n) const {
    evaluate(n.log_prob, n.cache, n.pass);
    detail::map_mixture_noise<T>(Source{*this, n.cache.outputs}, n.cache.weights, n.noise, n.output, n.pass.arena);
    add_log_prob(n.output, n.log_prob, n.cache, n.pass.arena);
  }

 private:
  static Index outputs(Index event_size, Index components) {
    detail::require_coordinates(name, event_size);
    if (components < 1) detail::throw_invalid_argument(name, "needs at least 1 component, got ", components);
    return components * (1 + 2 * event_size);
  }
  Index row_of(Index k, Index i) const { return components() + 2 * (k * event_size() + i); }

  /// The network's outputs, the weights, whose norm is taken from log_prob, and, in place of the outputs l, logits
  /// relative to the greatest of the event.
  void evaluate(Sums log_prob, Cache& cache, Pass<T>& pass) const {
    Arena& arena = pass.arena;
    const Index events = log_prob.size();
    cache.outputs.rebind(arena.template units<T>(conditioner_.output_size(), events));
    cache.weights.rebind(arena.template tile<T>(components(), events));
    cache.responsibilities.rebind(arena.template tile<T>(components(), events));
    const ConstTile<T> no_input = arena.template tile<T>(0, events);
    conditioner_.evaluate({no_input, cache.outputs, cache.conditioner, pass});
    const Arena::Frame frame(arena);
    detail::ComponentSums<T> logits(components(), events, arena);
    Row<T> greatest = arena.template row<T>(events);
    for (Index k = 0; k < components(); ++k) {
      const Simd<T> start(start_.logits()(k));
      for (Index n = 0; n < events; n += Simd<T>::size) {
        const Simd<T> logit = start + cache.outputs.load(k, n);
        store(cache.outputs, k, n, logit);
        greatest.store(n, k == 0 ? logit : maximum(logit, greatest.load(n)));
      }
    }
    for (Index k = 0; k < components(); ++k) {
      Sums row = logits.row(k);
      for (Index n = 0; n < events; n += Simd<T>::size) {
        const Simd<T> logit = cache.outputs.load(k, n) - greatest.load(n);
        store(cache.outputs, k, n, logit);
        row.add(n, logit);
      }
    }
    const Sums norm = arena.sums(events);
    logits.log_sum_exp(norm, cache.weights, arena);
    log_prob -= norm;
  }

  /// To a tile of units, in which the numbers of a single event lie side by side.
  static void store(Tile<T> units, Index k, Index n, Simd<T> values) {
    if (units.cols() == 1)
      units(k, 0) = values.first();
    else
      units.store(k, n, values);
  }

  void add_log_prob(ConstTile<T> input, Sums log_prob, Cache& cache, Arena& arena) const {
    detail::add_mixture_log_prob<T>(Source{*this, cache.outputs}, input, log_prob, cache.responsibilities, arena);
  }

  /// Relative to the start, with the outputs of the network.
  struct Source {
    const ConditionalMixtureOfGaussians& p;
    ConstTile<T> outputs;

    struct Coordinate {
      ConstTile<T> outputs;
      Index row;
      Simd<T> start_loc, unit, inverse_unit, log_unit;
      Simd<T> loc(Index n) const { return start_loc + unit * outputs.load(row, n); }
      Simd<T> scale(Index n) const { return unit * Map::scale(outputs.load(row + 1, n)); }
      Simd<T> inverse_scale(Index n) const { return inverse_unit / Map::scale(outputs.load(row + 1, n)); }
      Simd<T> log_scale(Index n) const { return log_unit + Map::log_scale(outputs.load(row + 1, n)); }
    };
    Index components() const { return p.components(); }
    Simd<T> logit(Index k, Index n) const { return outputs.load(k, n); }
    Coordinate coordinate(Index k, Index i) const {
      const T a = p.start_.log_scales()(i, k);
      return {outputs,   p.row_of(k, i), Simd<T>(p.start_.locs()(i, k)), Simd<T>(std::exp(a)), Simd<T>(std::exp(-a)),
              Simd<T>(a)};
    }
  };

  Start start_;
  C conditioner_;
};

}  // namespace bijou

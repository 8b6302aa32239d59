#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/layer_name.hpp>
#include <bijou/conditioners/conditioner.hpp>
#include <bijou/conditioners/network_options.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/transformers/transformer.hpp>
#include <type_traits>
#include <utility>

namespace bijou {

/// x_i = f(z_i; theta_i), theta_i = conditioner(x_0, ..., x_{i-1}), log|det dx/dz| = sum_i ln df/dz_i.
///
/// @f[
///   x_i = f\bigl(z_i; \theta_i(x_0, \ldots, x_{i-1})\bigr), \qquad \ln\left|\det\frac{\partial x}{\partial z}\right|
///   = \sum_i \ln\frac{\partial f}{\partial z_i}
/// @f]
///
/// The inverse is one pass of the network; forward runs coordinate by coordinate, but computes each unit of the network
/// once, when the coordinates that it sees are known, so it costs about one pass too. The same holds for both
/// pullbacks: that of forward solves the triangular system from the last coordinate to the first.
///
/// D: number of coordinates or Eigen::Dynamic. S: a Transformer. C: the conditioner, a SequentialConditioner such as
/// Made. Throws std::invalid_argument if the sizes of the parts do not fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Transformer = bijou::AffineTransformer<double, bijou::scale_maps::SoftplusFloor>;
/// using Conditioner = bijou::Made<double, bijou::activations::Tanh>;
/// const bijou::Autoregressive<3, Transformer, Conditioner> f{{32}, rng};
/// const Eigen::Vector3d z = f.inverse(Eigen::Vector3d(0.1, 0.2, 0.3));
/// @endcode
template <int D, class S, class C>
class Autoregressive : public BijectorCalls<Autoregressive<D, S, C>> {
  static_assert((detail::require_transformer<S>(), detail::require_sequential_conditioner<C>(), true));
  static_assert(D == Eigen::Dynamic || D > 0, "events need at least one row");
  using T = typename S::Scalar;

 public:
  using Scalar = T;
  static_assert(std::is_same_v<T, typename C::Scalar>,
                "Autoregressive: transformer and conditioner have different scalar types");
  static_assert(!detail::has_parameters<S>(), "Autoregressive: a transformer has no parameters of its own");
  static constexpr int static_event_size = D;
  static constexpr const char* name = detail::autoregressive_name<S, C>;
  static constexpr const char* type_name = "Autoregressive";
  static constexpr const char* formula = "x_i = f(z_i; theta_i(x_0 ... x_{i-1}))";

  Autoregressive(S transformer, C conditioner)
      : transformer_(std::move(transformer)), conditioner_(std::move(conditioner)) {
    detail::require_hiding(name, conditioner_, true);
    detail::require_transformer_for(name, transformer_, event_size());
    if (D != Eigen::Dynamic) detail::require_size(name, "a conditioner with input", D, conditioner_.input_size());
    detail::require_size(name, "a conditioner with steps", event_size(), conditioner_.steps());
    detail::require_size(name, "a conditioner with output", event_size() * transformer_.parameters_per_coordinate(),
                         conditioner_.output_size());
  }

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  Autoregressive(const NetworkOptions& network, Rng& rng) : Autoregressive(S{}, network, rng) {}

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  Autoregressive(S transformer, const NetworkOptions& network, Rng& rng)
      : Autoregressive(transformer, C(D, transformer.parameters_per_coordinate(), network, rng)) {}

  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Autoregressive(Index event_size, const NetworkOptions& network, Rng& rng)
      : Autoregressive(event_size, S{}, network, rng) {}

  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Autoregressive(Index event_size, S transformer, const NetworkOptions& network, Rng& rng)
      : Autoregressive(transformer, C(event_size, transformer.parameters_per_coordinate(), network, rng)) {}

  Index event_size() const { return conditioner_.input_size(); }
  Index context_size() const { return conditioner_.context_size(); }
  static constexpr bool maps_in_order() { return true; }
  const S& transformer() const { return transformer_; }
  const C& conditioner() const { return conditioner_; }

  static constexpr auto members() {
    return Members{part("transformer", &Autoregressive::transformer_),
                   part("conditioner", &Autoregressive::conditioner_)};
  }

  /// What the conditioner keeps, and the parameters that it gave: D K x N.
  struct Cache {
    typename C::Cache conditioner;
    Tile<T> parameters;
  };

  using BijectorCalls<Autoregressive>::forward;
  using BijectorCalls<Autoregressive>::inverse;

  void inverse(Evaluation<T, Cache> e) const {
    const auto network = start(e, is_leading(e) ? with_all_rows(e.input, e.pass.arena) : e.input);
    if (is_leading(e)) {
      conditioner_.start(network);
      conditioner_.evaluate_steps(0, static_cast<int>(e.input.rows()), network);
    } else {
      conditioner_.evaluate(network);
    }
    for (Index i = 0; i < e.input.rows(); ++i) {
      transformer_.inverse({parameters_of(i, e.cache), e.input.row(i), e.output.row(i), e.log_det, e.pass, i});
    }
  }

  void forward(Evaluation<T, Cache> e) const {
    Tile<T> seen = is_leading(e) ? e.pass.arena.template tile<T>(event_size(), e.input.cols()) : e.output;
    const auto network = start(e, seen);
    conditioner_.start(network);
    for (Index i = 0; i < e.input.rows(); ++i) {
      conditioner_.evaluate_steps(static_cast<int>(i), static_cast<int>(i) + 1, network);
      transformer_.forward({parameters_of(i, e.cache), e.input.row(i), e.output.row(i), e.log_det, e.pass, i});
      if (is_leading(e)) seen.row(i) = e.output.row(i);
    }
  }

  // x enters through the transformer of its own coordinate and through the conditioner.
  void inverse_pullback(Pullback<T, Cache> p) const {
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    const Tile<T> parameters_gradient = arena.template tile<T>(conditioner_.output_size(), p.input.cols());
    const Tile<T> direct = arena.template tile<T>(p.input.rows(), p.input.cols());
    for (Index i = 0; i < p.input.rows(); ++i) {
      transformer_.inverse_pullback({parameters_of(i, p.cache), p.input.row(i), p.output.row(i),
                                     p.output_gradient.row(i), p.log_det_gradient,
                                     rows_of_coordinate(parameters_gradient, i), direct.row(i), p.pass, i});
    }
    conditioner_.pullback({parameters_gradient, p.input_gradient, p.parameter_gradient, p.cache.conditioner, p.pass});
    p.input_gradient += direct;
  }

  // Let g_i be the whole gradient for x_i: dL/dx_i plus what comes from the parameters of later coordinates. From the
  // last coordinate to the first: g_i gives the gradients for z_i and theta_i, and the latter complete g_{i-1}.
  void forward_pullback(Pullback<T, Cache> p) const {
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    const Index d = p.input.rows();
    const Tile<T> parameters_gradient = arena.template tile<T>(conditioner_.output_size(), p.input.cols());
    const Tile<T> whole = arena.template tile<T>(d, p.input.cols());
    auto back =
        conditioner_.start_pullback({parameters_gradient, whole, p.parameter_gradient, p.cache.conditioner, p.pass});
    whole.row(d - 1).setZero();
    for (Index i = d - 1; i >= 0; --i) {
      Row<T> g = whole.row(i);
      g += p.output_gradient.row(i);
      transformer_.forward_pullback({parameters_of(i, p.cache), p.input.row(i), p.output.row(i), g, p.log_det_gradient,
                                     rows_of_coordinate(parameters_gradient, i), p.input_gradient.row(i), p.pass, i});
      back.steps(static_cast<int>(i), static_cast<int>(i) + 1);
    }
    back.finish();
  }

 private:
  /// Whether the tile has the first coordinates only, whose steps of the network see no others.
  bool is_leading(const Evaluation<T, Cache>& e) const { return e.input.rows() < event_size(); }
  ConstTile<T> with_all_rows(ConstTile<T> x, Arena& arena) const {
    Tile<T> all = arena.template tile<T>(event_size(), x.cols());
    all.topRows(x.rows()) = x;
    all.bottomRows(all.rows() - x.rows()).setZero();
    return all;
  }

  /// The pass of the network over x, and the memory for its output.
  ConditionerEvaluation<T, typename C::Cache> start(const Evaluation<T, Cache>& e, ConstTile<T> x) const {
    e.cache.parameters.rebind(e.pass.arena.template units<T>(conditioner_.output_size(), x.cols()));
    return {x, e.cache.parameters, e.cache.conditioner, e.pass};
  }

  Tile<T> rows_of_coordinate(Tile<T> tile, Index i) const {
    const Index count = transformer_.parameters_per_coordinate();
    return tile.slice(i * count, count);
  }
  ConstTile<T> parameters_of(Index i, const Cache& cache) const { return rows_of_coordinate(cache.parameters, i); }

  S transformer_;
  C conditioner_;
};

}  // namespace bijou

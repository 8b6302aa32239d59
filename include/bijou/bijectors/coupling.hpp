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

/// x_i = z_i for i < m, x_i = f(z_i; theta_i) for i >= m, theta = conditioner(z_0, ..., z_{m-1}),
/// log|det dx/dz| = sum_{i >= m} ln df/dz_i. The first m coordinates pass unchanged (TFP's convention). One pass of the
/// network in either direction.
///
/// @f[
///   x_i = z_i \ (i < m), \qquad x_i = f\bigl(z_i; \theta_i(z_0, \ldots, z_{m-1})\bigr) \ (i \ge m), \qquad
///   \ln\left|\det\frac{\partial x}{\partial z}\right| = \sum_{i \ge m} \ln\frac{\partial f}{\partial z_i}
/// @f]
///
/// D: number of coordinates or Eigen::Dynamic. S: a Transformer. C: the conditioner, each output of which
/// sees all inputs, such as Mlp. Throws std::invalid_argument unless 0 < m < D and the sizes of the parts fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Transformer = bijou::AffineTransformer<double, bijou::scale_maps::SigmoidFloor>;
/// using Conditioner = bijou::Mlp<double, bijou::activations::Silu>;
/// const bijou::Coupling<3, Transformer, Conditioner> f{1, {32}, rng};  // x_0 conditions x_1 and x_2
/// const Eigen::Vector3d x = f.forward(Eigen::Vector3d(0.1, 0.2, 0.3));
/// @endcode
template <int D, class S, class C>
class Coupling : public BijectorCalls<Coupling<D, S, C>> {
  static_assert((detail::require_transformer<S>(), detail::require_conditioner<C>(), true));
  static_assert(
      !detail::says_autoregressive<C, true>(),
      "Coupling: outputs of an autoregressive conditioner (Made) do not see all inputs; take one whose outputs "
      "do, such as Mlp");
  static_assert(D == Eigen::Dynamic || D > 0, "events need at least one row");
  using T = typename S::Scalar;

 public:
  using Scalar = T;
  static_assert(std::is_same_v<T, typename C::Scalar>,
                "Coupling: transformer and conditioner have different scalar types");
  static_assert(!detail::has_parameters<S>(), "Coupling: a transformer has no parameters of its own");
  static constexpr int static_event_size = D;
  static constexpr const char* name = detail::coupling_name<S, C>;
  static constexpr const char* type_name = "Coupling";
  static constexpr const char* formula = "x_i = f(z_i; theta_i(x_0 ... x_{m-1})), i >= m";

  /// From parts: as many coordinates pass as the conditioner has inputs; the rest are transformed.
  Coupling(S transformer, C conditioner) : transformer_(std::move(transformer)), conditioner_(std::move(conditioner)) {
    detail::require_hiding(name, conditioner_, false);
    if (conditioner_.output_size() % transformer_.parameters_per_coordinate() != 0) {
      detail::throw_invalid_argument(name,
                                     "the conditioner's output is not a multiple of the transformer's parameters");
    }
    if (D != Eigen::Dynamic) detail::require_size(name, "parts for events", D, event_size());
    require_split(event_size(), num_passed());
    detail::require_transformer_for(name, transformer_, event_size());
  }

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  Coupling(Index num_passed, const NetworkOptions& network, Rng& rng) : Coupling(S{}, num_passed, network, rng) {}

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  Coupling(S transformer, Index num_passed, const NetworkOptions& network, Rng& rng)
      : Coupling(transformer, C(require_split(D, num_passed), outputs(transformer, D, num_passed), network, rng)) {}

  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Coupling(Index event_size, Index num_passed, const NetworkOptions& network, Rng& rng)
      : Coupling(event_size, S{}, num_passed, network, rng) {}

  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Coupling(Index event_size, S transformer, Index num_passed, const NetworkOptions& network, Rng& rng)
      : Coupling(transformer,
                 C(require_split(event_size, num_passed), outputs(transformer, event_size, num_passed), network, rng)) {
    detail::require_size(name, "parts for events", event_size, this->event_size());
  }

  /// How many of the first coordinates pass unchanged.
  Index num_passed() const { return conditioner_.input_size(); }
  Index event_size() const {
    return num_passed() + conditioner_.output_size() / transformer_.parameters_per_coordinate();
  }
  Index context_size() const { return conditioner_.context_size(); }
  const S& transformer() const { return transformer_; }
  const C& conditioner() const { return conditioner_; }

  static constexpr auto members() {
    return Members{part("transformer", &Coupling::transformer_), part("conditioner", &Coupling::conditioner_)};
  }

  /// What the conditioner keeps, and the parameters that it gave: (D - m) K x N.
  struct Cache {
    typename C::Cache conditioner;
    Tile<T> parameters;
  };

  using BijectorCalls<Coupling>::forward;
  using BijectorCalls<Coupling>::inverse;

  void forward(Evaluation<T, Cache> e) const {
    evaluate(e);
    for (Index i = num_passed(); i < e.input.rows(); ++i) {
      transformer_.forward({parameters_of(i, e.cache), e.input.row(i), e.output.row(i), e.log_det, e.pass, i});
    }
  }

  void inverse(Evaluation<T, Cache> e) const {
    evaluate(e);
    for (Index i = num_passed(); i < e.input.rows(); ++i) {
      transformer_.inverse({parameters_of(i, e.cache), e.input.row(i), e.output.row(i), e.log_det, e.pass, i});
    }
  }

  void forward_pullback(Pullback<T, Cache> p) const {
    pull_back(p, [&](const TransformerPullback<T>& coordinate) { transformer_.forward_pullback(coordinate); });
  }

  void inverse_pullback(Pullback<T, Cache> p) const {
    pull_back(p, [&](const TransformerPullback<T>& coordinate) { transformer_.inverse_pullback(coordinate); });
  }

 private:
  static Index require_split(Index event_size, Index num_passed) {
    if (event_size < 2) {
      detail::throw_invalid_argument(name, "expected events of at least 2 rows, got ", event_size);
    }
    if (num_passed < 1 || num_passed >= event_size) {
      detail::throw_invalid_argument(name, "num_passed must satisfy 1 <= num_passed < ", event_size, ", got ",
                                     num_passed);
    }
    return num_passed;
  }

  static Index outputs(const S& transformer, Index event_size, Index num_passed) {
    return (event_size - num_passed) * transformer.parameters_per_coordinate();
  }

  /// Passes the first coordinates on and writes the parameters for the others.
  void evaluate(Evaluation<T, Cache>& e) const {
    e.cache.parameters.rebind(e.pass.arena.template units<T>(conditioner_.output_size(), e.input.cols()));
    const ConstTile<T> passed = e.input.slice(0, num_passed());
    conditioner_.evaluate({passed, e.cache.parameters, e.cache.conditioner, e.pass});
    e.output.slice(0, num_passed()) = passed;
  }

  template <class Transform>
  void pull_back(Pullback<T, Cache>& p, Transform transform) const {
    const Arena::Frame frame(p.pass.arena);
    const Tile<T> parameters_gradient = p.pass.arena.template tile<T>(conditioner_.output_size(), p.input.cols());
    for (Index i = num_passed(); i < p.input.rows(); ++i) {
      transform({parameters_of(i, p.cache), p.input.row(i), p.output.row(i), p.output_gradient.row(i),
                 p.log_det_gradient, rows_of_coordinate(parameters_gradient, i), p.input_gradient.row(i), p.pass, i});
    }
    Tile<T> passed = p.input_gradient.slice(0, num_passed());
    conditioner_.pullback({parameters_gradient, passed, p.parameter_gradient, p.cache.conditioner, p.pass});
    passed += p.output_gradient.slice(0, num_passed());
  }

  Tile<T> rows_of_coordinate(Tile<T> tile, Index i) const {
    const Index count = transformer_.parameters_per_coordinate();
    return tile.slice((i - num_passed()) * count, count);
  }
  ConstTile<T> parameters_of(Index i, const Cache& cache) const { return rows_of_coordinate(cache.parameters, i); }

  S transformer_;
  C conditioner_;
};

}  // namespace bijou

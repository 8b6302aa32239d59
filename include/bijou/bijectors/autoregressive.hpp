#pragma once

#include <bijou/conditioners/made.hpp>
#include <bijou/core/batch.hpp>

namespace bijou {

/// x_i = f(z_i; theta_i), theta_i = conditioner(x_0, ..., x_{i-1}), log|det dx/dz| = sum_i ln df/dz_i.
///
/// The inverse is one pass of the network; forward runs coordinate by coordinate, but computes each unit of the network
/// once, when the coordinates that it sees are known, so it costs about one pass too. The same holds for both
/// pullbacks: that of forward solves the triangular system from the last coordinate to the first.
///
/// D: number of coordinates or Eigen::Dynamic. S: a Transformer. C: the conditioner, a Made. See MAF for the usual
/// constructors. Throws std::invalid_argument if the sizes of the parts do not fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Transformer = bijou::AffineTransformer<double, bijou::scale_maps::SoftplusFloor>;
/// using Conditioner = bijou::Made<double, bijou::activations::Tanh, 32>;
/// const bijou::Autoregressive<3, Transformer, Conditioner> f{rng};
/// const Eigen::Vector3d z = f.inverse(Eigen::Vector3d(0.1, 0.2, 0.3));
/// @endcode
template <int D, Transformer S, class C>
class Autoregressive {
 public:
  using Scalar = typename S::Scalar;
  using T = Scalar;
  static_assert(std::is_same_v<T, typename C::Scalar>,
                "Autoregressive: transformer and conditioner have different scalar types");
  static constexpr int static_event_size = D;
  static constexpr const char* name = [] {
    if constexpr (requires { S::autoregressive_name; })
      return S::autoregressive_name;
    else
      return "Autoregressive";
  }();

  S transformer{};
  C conditioner;

  Autoregressive(S transformer_in, C conditioner_in)
      : transformer(std::move(transformer_in)), conditioner(std::move(conditioner_in)) {
    if (D != Eigen::Dynamic) detail::require_size(name, "a conditioner with input", D, conditioner.input_size());
    detail::require_size(name, "a conditioner with output", event_size() * transformer.parameters_per_coordinate(),
                         conditioner.output_size());
  }

  template <class Rng>
  requires(D != Eigen::Dynamic)
  explicit Autoregressive(Rng& rng) : conditioner(D, transformer.parameters_per_coordinate(), rng) {}

  template <class Rng>
  requires(D != Eigen::Dynamic)
  Autoregressive(const std::vector<int>& hidden_sizes, Rng& rng)
      : conditioner(D, transformer.parameters_per_coordinate(), hidden_sizes, rng) {}

  template <class Rng>
  requires(D == Eigen::Dynamic)
  Autoregressive(Index event_size, Rng& rng) : conditioner(event_size, transformer.parameters_per_coordinate(), rng) {}

  template <class Rng>
  requires(D == Eigen::Dynamic)
  Autoregressive(Index event_size, const std::vector<int>& hidden_sizes, Rng& rng)
      : conditioner(event_size, transformer.parameters_per_coordinate(), hidden_sizes, rng) {}

  Index event_size() const { return conditioner.input_size(); }

  static constexpr auto parameter_list() { return std::tuple{named("conditioner", &Autoregressive::conditioner)}; }

  /// What the conditioner keeps, and the parameters that it gave: D K x N.
  struct Cache {
    typename C::Cache conditioner;
    std::optional<Tile<T>> parameters;
  };

  void inverse(ConstTile<T> x, Tile<T> z, Row<T> log_det, Cache& cache, Pass<T>& pass) const {
    cache.parameters.emplace(pass.arena.template tile<T>(conditioner.output_size(), x.cols()));
    conditioner.evaluate(x, *cache.parameters, cache.conditioner, pass);
    for (int i = 0; i < x.rows(); ++i) {
      transformer.inverse(parameters_of(i, cache), detail::row_of(x, i), detail::row_of(z, i), log_det);
    }
  }

  void forward(ConstTile<T> z, Tile<T> x, Row<T> log_det, Cache& cache, Pass<T>& pass) const {
    cache.parameters.emplace(pass.arena.template tile<T>(conditioner.output_size(), z.cols()));
    conditioner.start(detail::as_const(x), cache.conditioner, pass);
    for (int i = 0; i < z.rows(); ++i) {
      conditioner.evaluate_coordinate(i, detail::as_const(x), *cache.parameters, cache.conditioner);
      transformer.forward(parameters_of(i, cache), detail::row_of(z, i), detail::row_of(x, i), log_det);
    }
  }

  // x enters through the transformer of its own coordinate and through the conditioner.
  void inverse_pullback(ConstTile<T> x, ConstTile<T> z, ConstTile<T> z_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> x_gradient, ParameterGradient<T> gradient, Cache& cache, Pass<T>& pass) const {
    const Arena::Frame frame(pass.arena);
    Tile<T> parameters_gradient = pass.arena.template tile<T>(conditioner.output_size(), x.cols());
    Tile<T> direct = pass.arena.template tile<T>(x.rows(), x.cols());
    for (int i = 0; i < x.rows(); ++i) {
      transformer.inverse_pullback(parameters_of(i, cache), detail::row_of(x, i), detail::row_of(z, i),
                                   detail::row_of(z_gradient, i), log_det_gradient,
                                   rows_of_coordinate(parameters_gradient, i), detail::row_of(direct, i));
    }
    conditioner.pullback(detail::as_const(parameters_gradient), x_gradient, gradient, cache.conditioner, pass);
    x_gradient += direct;
  }

  // Let g_i be the whole gradient for x_i: dL/dx_i plus what comes from the parameters of later coordinates. From the
  // last coordinate to the first: g_i gives the gradients for z_i and theta_i, and the latter complete g_{i-1}.
  void forward_pullback(ConstTile<T> z, ConstTile<T> x, ConstTile<T> x_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> z_gradient, ParameterGradient<T> gradient, Cache& cache, Pass<T>& pass) const {
    const Arena::Frame frame(pass.arena);
    Tile<T> parameters_gradient = pass.arena.template tile<T>(conditioner.output_size(), z.cols());
    Tile<T> whole = pass.arena.template tile<T>(z.rows(), z.cols());
    std::optional<Tile<T>> joined;
    const auto sums = conditioner.start_pullback(detail::as_const(parameters_gradient), whole, joined, pass);
    whole.row(z.rows() - 1).setZero();
    for (int i = static_cast<int>(z.rows()) - 1; i >= 0; --i) {
      Row<T> g = detail::row_of(whole, i);
      g += detail::row_of(x_gradient, i);
      transformer.forward_pullback(parameters_of(i, cache), detail::row_of(z, i), detail::row_of(x, i),
                                   detail::as_const(g), log_det_gradient, rows_of_coordinate(parameters_gradient, i),
                                   detail::row_of(z_gradient, i));
      conditioner.pull_back_coordinate(i, sums, whole, *joined, cache.conditioner);
    }
    conditioner.finish_pullback(sums, *joined, gradient, cache.conditioner, pass);
  }

  auto forward(const auto& z) const { return bijou::forward(*this, z); }
  auto inverse(const auto& x) const { return bijou::inverse(*this, x); }
  auto forward_log_det(const auto& z) const { return bijou::forward_log_det(*this, z); }
  auto inverse_log_det(const auto& x) const { return bijou::inverse_log_det(*this, x); }

 private:
  Tile<T> rows_of_coordinate(Tile<T> tile, Index i) const {
    const Index count = transformer.parameters_per_coordinate();
    return detail::rows_of(tile, i * count, count);
  }

  ConstTile<T> parameters_of(Index i, const Cache& cache) const {
    return detail::as_const(rows_of_coordinate(*cache.parameters, i));
  }
};

}  // namespace bijou

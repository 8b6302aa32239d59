#pragma once

#include <bijou/conditioners/mlp.hpp>
#include <bijou/core/batch.hpp>

namespace bijou {

/// x_i = z_i for i < m, x_i = f(z_i; theta_i) for i >= m, theta = conditioner(z_0, ..., z_{m-1}),
/// log|det dx/dz| = sum_{i >= m} ln df/dz_i. The first m coordinates pass unchanged (TFP's convention). One pass of the
/// network in either direction.
///
/// D: number of coordinates or Eigen::Dynamic. S: a Transformer. C: the conditioner, an Mlp. See RealNVP for the usual
/// constructors. Throws std::invalid_argument unless 0 < m < D and the sizes of the parts fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Transformer = bijou::AffineTransformer<double, bijou::scale_maps::SigmoidFloor>;
/// using Conditioner = bijou::Mlp<double, bijou::activations::Silu, 32>;
/// const bijou::Coupling<3, Transformer, Conditioner> f{1, rng};  // x_0 conditions x_1 and x_2
/// const Eigen::Vector3d x = f.forward(Eigen::Vector3d(0.1, 0.2, 0.3));
/// @endcode
template <int D, Transformer S, Conditioner C>
class Coupling {
 public:
  using Scalar = typename S::Scalar;
  using T = Scalar;
  static_assert(std::is_same_v<T, typename C::Scalar>,
                "Coupling: transformer and conditioner have different scalar types");
  static constexpr int static_event_size = D;
  static constexpr const char* name = [] {
    if constexpr (requires { S::coupling_name; })
      return S::coupling_name;
    else
      return "Coupling";
  }();

  S transformer{};
  C conditioner;

  /// From parts: as many coordinates pass as the conditioner has inputs; the rest are transformed.
  Coupling(S transformer_in, C conditioner_in)
      : transformer(std::move(transformer_in)), conditioner(std::move(conditioner_in)) {
    if (conditioner.output_size() % transformer.parameters_per_coordinate() != 0) {
      detail::throw_invalid_argument(name,
                                     "the conditioner's output is not a multiple of the transformer's parameters");
    }
    if (D != Eigen::Dynamic) detail::require_size(name, "parts for events", D, event_size());
    require_split(event_size(), num_passed());
  }

  template <class Rng>
  requires(D != Eigen::Dynamic)
  Coupling(Index num_passed, Rng& rng) : conditioner(require_split(D, num_passed), outputs(D, num_passed), rng) {}

  template <class Rng>
  requires(D != Eigen::Dynamic)
  Coupling(Index num_passed, const std::vector<int>& hidden_sizes, Rng& rng)
      : conditioner(require_split(D, num_passed), outputs(D, num_passed), hidden_sizes, rng) {}

  template <class Rng>
  requires(D == Eigen::Dynamic)
  Coupling(Index event_size, Index num_passed, Rng& rng)
      : conditioner(require_split(event_size, num_passed), outputs(event_size, num_passed), rng) {}

  template <class Rng>
  requires(D == Eigen::Dynamic)
  Coupling(Index event_size, Index num_passed, const std::vector<int>& hidden_sizes, Rng& rng)
      : conditioner(require_split(event_size, num_passed), outputs(event_size, num_passed), hidden_sizes, rng) {}

  template <UniformRandomBitGenerator Rng>
  explicit Coupling(Rng& rng) : conditioner(0, 0, rng) {
    static_assert(sizeof(Rng) == 0,
                  "Coupling: say how many of the first coordinates pass unchanged, as in RealNVP<float, 2, 64, 64>{1, "
                  "rng}");
  }
  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Coupling(Index /*event_size*/, Rng& rng) : Coupling(rng) {}

  Index num_passed() const { return conditioner.input_size(); }
  Index event_size() const {
    return num_passed() + conditioner.output_size() / transformer.parameters_per_coordinate();
  }

  static constexpr auto parameter_list() { return std::tuple{named("conditioner", &Coupling::conditioner)}; }

  /// What the conditioner keeps, and the parameters that it gave: (D - m) K x N.
  struct Cache {
    typename C::Cache conditioner;
    std::optional<Tile<T>> parameters;
  };

  void forward(ConstTile<T> z, Tile<T> x, Row<T> log_det, Cache& cache, Pass<T>& pass) const {
    evaluate(z, x, cache, pass);
    for (Index i = num_passed(); i < z.rows(); ++i) {
      transformer.forward(parameters_of(i, cache), detail::row_of(z, i), detail::row_of(x, i), log_det);
    }
  }

  void inverse(ConstTile<T> x, Tile<T> z, Row<T> log_det, Cache& cache, Pass<T>& pass) const {
    evaluate(x, z, cache, pass);
    for (Index i = num_passed(); i < x.rows(); ++i) {
      transformer.inverse(parameters_of(i, cache), detail::row_of(x, i), detail::row_of(z, i), log_det);
    }
  }

  void forward_pullback(ConstTile<T> z, ConstTile<T> x, ConstTile<T> x_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> z_gradient, ParameterGradient<T> gradient, Cache& cache, Pass<T>& pass) const {
    pull_back(x_gradient, z_gradient, gradient, cache, pass, [&](Index i, Tile<T> parameters_gradient) {
      transformer.forward_pullback(parameters_of(i, cache), detail::row_of(z, i), detail::row_of(x, i),
                                   detail::row_of(x_gradient, i), log_det_gradient, parameters_gradient,
                                   detail::row_of(z_gradient, i));
    });
  }

  void inverse_pullback(ConstTile<T> x, ConstTile<T> z, ConstTile<T> z_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> x_gradient, ParameterGradient<T> gradient, Cache& cache, Pass<T>& pass) const {
    pull_back(z_gradient, x_gradient, gradient, cache, pass, [&](Index i, Tile<T> parameters_gradient) {
      transformer.inverse_pullback(parameters_of(i, cache), detail::row_of(x, i), detail::row_of(z, i),
                                   detail::row_of(z_gradient, i), log_det_gradient, parameters_gradient,
                                   detail::row_of(x_gradient, i));
    });
  }

  auto forward(const auto& z) const { return bijou::forward(*this, z); }
  auto inverse(const auto& x) const { return bijou::inverse(*this, x); }
  auto forward_log_det(const auto& z) const { return bijou::forward_log_det(*this, z); }
  auto inverse_log_det(const auto& x) const { return bijou::inverse_log_det(*this, x); }

 private:
  static Index require_split(Index event_size, Index num_passed) {
    if (event_size < 2) {
      detail::throw_invalid_argument(name, "expected events of at least 2 rows, got " + std::to_string(event_size));
    }
    if (num_passed < 1 || num_passed >= event_size) {
      detail::throw_invalid_argument(name, "num_passed must satisfy 1 <= num_passed < " + std::to_string(event_size) +
                                               ", got " + std::to_string(num_passed));
    }
    return num_passed;
  }

  Index outputs(Index event_size, Index num_passed) const {
    return (event_size - num_passed) * transformer.parameters_per_coordinate();
  }

  /// Passes the first coordinates on and writes the parameters for the others.
  void evaluate(const ConstTile<T>& in, Tile<T>& out, Cache& cache, Pass<T>& pass) const {
    cache.parameters.emplace(pass.arena.template tile<T>(conditioner.output_size(), in.cols()));
    conditioner.evaluate(detail::rows_of(in, 0, num_passed()), *cache.parameters, cache.conditioner, pass);
    out.topRows(num_passed()) = in.topRows(num_passed());
  }

  /// transform(i, parameters gradient of coordinate i) pulls back coordinate i.
  template <class Transform>
  void pull_back(const ConstTile<T>& out_gradient, Tile<T> in_gradient, ParameterGradient<T> gradient,
                 const Cache& cache, Pass<T>& pass, Transform transform) const {
    const Arena::Frame frame(pass.arena);
    Tile<T> parameters_gradient = pass.arena.template tile<T>(conditioner.output_size(), out_gradient.cols());
    for (Index i = num_passed(); i < out_gradient.rows(); ++i) transform(i, rows_of_coordinate(parameters_gradient, i));
    Tile<T> passed = detail::rows_of(in_gradient, 0, num_passed());
    conditioner.pullback(detail::as_const(parameters_gradient), passed, gradient, cache.conditioner, pass);
    passed += out_gradient.topRows(num_passed());
  }

  Tile<T> rows_of_coordinate(Tile<T> tile, Index i) const {
    const Index count = transformer.parameters_per_coordinate();
    return detail::rows_of(tile, (i - num_passed()) * count, count);
  }

  ConstTile<T> parameters_of(Index i, const Cache& cache) const {
    return detail::as_const(rows_of_coordinate(*cache.parameters, i));
  }
};

}  // namespace bijou

#pragma once

#include <bijou/core/batch.hpp>

namespace bijou {

/// The same map run backwards: forward of Invert{f} is the inverse of f, and the other way round.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Invert iaf{bijou::MAF<float, 2, 16>{rng}};  // samples in one pass; IAF<float, 2, 16>{rng} is the same
/// const Eigen::Vector2f x = iaf.forward(Eigen::Vector2f(0.5f, -1.0f));
/// @endcode
template <class B>
class Invert {
 public:
  static_assert(Bijector<B>, "Invert: this is not a Bijector; see bijou/core/concepts.hpp for what one needs");
  using Scalar = detail::scalar_t<B>;
  static constexpr int static_event_size = B::static_event_size;
  static constexpr const char* name = "Invert";
  template <class T>
  using Cache = detail::cache_t<B, T>;

  B bijector;

  explicit Invert(B inner) : bijector(std::move(inner)) {}

  /// Builds the bijector from its own arguments: `IAF<float, 2, 16>{rng}`.
  template <class... Arguments>
  requires(std::constructible_from<B, Arguments...> && !(std::is_same_v<std::remove_cvref_t<Arguments>, Invert> || ...))
  explicit Invert(Arguments&&... arguments) : bijector(std::forward<Arguments>(arguments)...) {}

  Index event_size() const { return bijou::event_size(bijector); }

  static constexpr auto parameter_list() { return std::tuple{named("bijector", &Invert::bijector)}; }
  static constexpr auto state_list() { return parameter_list(); }

  template <class T>
  void forward(ConstTile<T> z, Tile<T> x, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    detail::inverse(bijector, z, x, log_det, cache, pass);
  }
  template <class T>
  void inverse(ConstTile<T> x, Tile<T> z, Row<T> log_det, Cache<T>& cache, Pass<T>& pass) const {
    detail::forward(bijector, x, z, log_det, cache, pass);
  }
  template <class T>
  void forward_pullback(ConstTile<T> z, ConstTile<T> x, ConstTile<T> x_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> z_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    detail::inverse_pullback(bijector, z, x, x_gradient, log_det_gradient, z_gradient, gradient, cache, pass);
  }
  template <class T>
  void inverse_pullback(ConstTile<T> x, ConstTile<T> z, ConstTile<T> z_gradient, ConstRow<T> log_det_gradient,
                        Tile<T> x_gradient, ParameterGradient<T> gradient, Cache<T>& cache, Pass<T>& pass) const {
    detail::forward_pullback(bijector, x, z, z_gradient, log_det_gradient, x_gradient, gradient, cache, pass);
  }

  auto forward(const auto& z) const { return bijou::forward(*this, z); }
  auto inverse(const auto& x) const { return bijou::inverse(*this, x); }
  auto forward_log_det(const auto& z) const { return bijou::forward_log_det(*this, z); }
  auto inverse_log_det(const auto& x) const { return bijou::inverse_log_det(*this, x); }
};

// Without this, Invert{Invert{f}} would be a copy of Invert{f}.
template <class B>
Invert(Invert<B>) -> Invert<Invert<B>>;

}  // namespace bijou

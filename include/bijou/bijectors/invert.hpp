#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/conditioners/network_options.hpp>
#include <bijou/numerics/random.hpp>
#include <concepts>
#include <type_traits>
#include <utility>

namespace bijou {

/// The same map run backwards: forward of Invert{f} is the inverse of f, and the other way round.
///
/// @f[
///   x = f^{-1}(z), \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = -\ln\left|\det\frac{\partial
///   f}{\partial x}\right|
/// @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Invert iaf{bijou::MAF<float, 2, 16>{rng}};  // samples in one pass; IAF<float, 2, 16>{rng} is the same
/// const Eigen::Vector2f x = iaf.forward(Eigen::Vector2f(0.5f, -1.0f));
/// @endcode
template <class B>
class Invert : public BijectorCalls<Invert<B>> {
 public:
  static_assert((detail::require_bijector<B>(), true));
  using Scalar = detail::scalar_t<B>;
  static constexpr int static_event_size = B::static_event_size;
  static constexpr const char* name = "Invert";
  static constexpr const char* formula = "x = f^-1(z)";
  template <class T>
  using Cache = detail::cache_t<B, T>;

  explicit Invert(B bijector) : bijector_(std::move(bijector)) {}

  /// Builds the bijector from its own arguments: `IAF<float, 2, 16>{rng}`.
  template <class... Arguments>
  requires(!(std::is_same_v<std::remove_cvref_t<Arguments>, Invert> || ...) && std::constructible_from<B, Arguments...>)
  explicit Invert(Arguments&&... arguments) : bijector_(std::forward<Arguments>(arguments)...) {}

  /// The same for the hidden layers in braces: `IAF<float, 2>{{64, 64}, rng}`.
  template <UniformRandomBitGenerator Rng>
  requires std::constructible_from<B, const NetworkOptions&, Rng&>
  Invert(const NetworkOptions& network, Rng& rng) : bijector_(network, rng) {}
  template <UniformRandomBitGenerator Rng>
  requires std::constructible_from<B, Index, const NetworkOptions&, Rng&>
  Invert(Index first, const NetworkOptions& network, Rng& rng) : bijector_(first, network, rng) {}
  template <UniformRandomBitGenerator Rng>
  requires std::constructible_from<B, Index, Index, const NetworkOptions&, Rng&>
  Invert(Index first, Index second, const NetworkOptions& network, Rng& rng) : bijector_(first, second, network, rng) {}

  Index event_size() const { return bijou::event_size(bijector_); }
  Index context_size() const { return bijou::context_size(bijector_); }
  bool maps_in_order() const { return bijou::maps_in_order(bijector_); }
  const B& bijector() const { return bijector_; }

  static constexpr auto members() { return Members{part("bijector", &Invert::bijector_)}; }

  using BijectorCalls<Invert>::forward;
  using BijectorCalls<Invert>::inverse;

  template <class T>
  void forward(Evaluation<T, Cache<T>> e) const {
    bijector_.inverse(e);
  }
  template <class T>
  void inverse(Evaluation<T, Cache<T>> e) const {
    bijector_.forward(e);
  }
  template <class T>
  void forward_pullback(Pullback<T, Cache<T>> p) const {
    bijector_.inverse_pullback(p);
  }
  template <class T>
  void inverse_pullback(Pullback<T, Cache<T>> p) const {
    bijector_.forward_pullback(p);
  }

 private:
  B bijector_;
};

// Without this, Invert{Invert{f}} would be a copy of Invert{f}.
template <class B>
Invert(Invert<B>) -> Invert<Invert<B>>;

}  // namespace bijou

#pragma once

#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/pass.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/core/tile.hpp>
#include <concepts>

namespace bijou {

/// One pass of a bijector through a tile of N events. forward: input is z and output x; inverse: the other way round.
/// input and output never overlap.
template <class T, class Cache = NoCache>
struct Evaluation {
  ConstTile<T> input;  // D x N
  Tile<T> output;      // D x N, written
  Sums log_det;        // N: log|det d output / d input| is added, in nats
  Cache& cache;
  Pass<T>& pass;
};

/// What goes back through a pass: given dL/doutput and dL/dlog_det, write dL/dinput and add dL/dparameters.
template <class T, class Cache = NoCache>
struct Pullback {
  ConstTile<T> input;                                   // D x N, as in the pass
  ConstTile<T> output;                                  // D x N, as in the pass
  ConstTile<T> output_gradient;                         // D x N
  ConstRow<T> log_det_gradient;                         // N
  Tile<T> input_gradient;                               // D x N, written
  ParameterGradient<T> parameter_gradient{nullptr, 0};  // flat, added to; empty when nobody reads it: see gradients()
  Cache& cache;
  Pass<T>& pass;
};

namespace detail {

template <class B>
using probe_evaluation_t = Evaluation<probe_scalar_t<B>, cache_t<B, probe_scalar_t<B>>>;
template <class B>
using probe_pullback_t = Pullback<probe_scalar_t<B>, cache_t<B, probe_scalar_t<B>>>;

template <class B>
concept HasStaticEventSize = requires {
  { B::static_event_size } -> std::convertible_to<int>;
};
template <class B>
concept HasForward = requires(const B& b, probe_evaluation_t<B> e) { b.forward(e); };
template <class B>
concept HasInverse = requires(const B& b, probe_evaluation_t<B> e) { b.inverse(e); };
template <class B>
concept HasForwardPullback = requires(const B& b, probe_pullback_t<B> p) { b.forward_pullback(p); };
template <class B>
concept HasInversePullback = requires(const B& b, probe_pullback_t<B> p) { b.inverse_pullback(p); };

/// A Bijector but for copies: whether Invert<AnyBijector> can be copied depends on whether it converts to AnyBijector.
template <class B>
concept HasMapsOfBijector = HasMembers<B> && HasStaticEventSize<B> && HasForward<B> && HasInverse<B> &&
                            HasForwardPullback<B> && HasInversePullback<B>;

}  // namespace detail

/// A map between noise z and data x whose log|det Jacobian| is cheap. A plain struct; nothing to derive from.
///
/// @f[ x = f(z), \qquad z = f^{-1}(x), \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| @f]
///
/// | expression | meaning |
/// |---|---|
/// | `B::static_event_size` | D, or Eigen::Dynamic; then `b.event_size()` gives D, and a type without it takes events of any size |
/// | `typename B::Scalar` | optional: float or double; a type without it works with both, its maps are templates |
/// | `B::members()` | the list of what belongs to its value, see core/members.hpp; `Members<>` if there is nothing |
/// | `b.forward(e)` | e.output = f(e.input), e.log_det += log\|det df/dz\|, all of them of an `Evaluation<T>` |
/// | `b.inverse(e)` | e.output = f^-1(e.input), e.log_det += log\|det df^-1/dx\| |
/// | `b.forward_pullback(p)` | of a `Pullback<T>`: writes p.input_gradient, adds to p.parameter_gradient |
/// | `b.inverse_pullback(p)` | the same for the other direction |
/// | `B::Cache` | optional: what a pass keeps for its pullback (trivially destructible, views into the arena). Then the maps take `Evaluation<T, Cache>` and `Pullback<T, Cache>` |
/// | `b.maps_in_order()` | optional: true if x_i depends on z_0, ..., z_i only and forward and inverse take a tile of the first rows alone, too |
/// | `B::name` | optional: what messages and files call it; load<T>(path) makes no type without a name |
///
/// Preconditions are the caller's: nothing is checked inside.
///
/// @code{.cpp}
/// struct Shift {  // x = z + shift
///   using Scalar = float;
///   static constexpr int static_event_size = 2;
///   Eigen::Vector2f shift{0.0f, 0.0f};
///   static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }
///
///   void forward(bijou::Evaluation<float> e) const { e.output = e.input.colwise() + shift.array(); }
///   void inverse(bijou::Evaluation<float> e) const { e.output = e.input.colwise() - shift.array(); }
///   void forward_pullback(bijou::Pullback<float> p) const {
///     p.input_gradient = p.output_gradient;
///     auto [d_shift] = bijou::gradients(*this, p);
///     d_shift += p.output_gradient.rowwise().sum();
///   }
///   void inverse_pullback(bijou::Pullback<float> p) const {
///     p.input_gradient = p.output_gradient;
///     auto [d_shift] = bijou::gradients(*this, p);
///     d_shift -= p.output_gradient.rowwise().sum();
///   }
/// };
/// static_assert(bijou::Bijector<Shift>);
/// @endcode
template <class B>
concept Bijector = std::copyable<B> && detail::HasMapsOfBijector<B>;

namespace detail {

/// Says which expression a type lacks to be a Bijector.
template <class B>
constexpr void require_bijector() {
  static_assert(std::copyable<B>, "not a Bijector: it cannot be copied");
  static_assert(HasStaticEventSize<B>, "not a Bijector: static constexpr int static_event_size is missing");
  static_assert(HasMembers<B>,
                "not a Bijector: static constexpr auto members() is missing, the list of what belongs to its value; "
                "return bijou::Members<>{} if it holds nothing");
  static_assert(HasForward<B>, "not a Bijector: forward(Evaluation<Scalar> e) const is missing");
  static_assert(HasInverse<B>, "not a Bijector: inverse(Evaluation<Scalar> e) const is missing");
  static_assert(HasForwardPullback<B>, "not a Bijector: forward_pullback(Pullback<Scalar> p) const is missing");
  static_assert(HasInversePullback<B>, "not a Bijector: inverse_pullback(Pullback<Scalar> p) const is missing");
}

/// The two directions by name, so that code for both is written once.
struct Forward {
  template <class B, class T, class Cache>
  static void apply(const B& b, Evaluation<T, Cache> e) {
    b.forward(e);
  }
  template <class B, class T, class Cache>
  static void pullback(const B& b, Pullback<T, Cache> p) {
    b.forward_pullback(p);
  }
};

struct Inverse {
  template <class B, class T, class Cache>
  static void apply(const B& b, Evaluation<T, Cache> e) {
    b.inverse(e);
  }
  template <class B, class T, class Cache>
  static void pullback(const B& b, Pullback<T, Cache> p) {
    b.inverse_pullback(p);
  }
};

}  // namespace detail
}  // namespace bijou

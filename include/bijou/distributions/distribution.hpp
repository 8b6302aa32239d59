#pragma once

#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/pass.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/random.hpp>
#include <concepts>

namespace bijou {

/// One evaluation of a density on a tile of N events.
template <class T, class Cache = NoCache>
struct DensityEvaluation {
  ConstTile<T> input;  // D x N
  Sums log_prob;       // N: ln p of each event is added, in nats
  Cache& cache;
  Pass<T>& pass;
};

/// What goes back through an evaluation: given dL/dln p, write dL/dinput and add dL/dparameters.
template <class T, class Cache = NoCache>
struct DensityPullback {
  ConstTile<T> input;                                   // D x N, as in the evaluation
  ConstRow<T> log_prob_gradient;                        // N
  Tile<T> input_gradient;                               // D x N, written
  ParameterGradient<T> parameter_gradient{nullptr, 0};  // flat, added to; empty when nobody reads it: see gradients()
  Cache& cache;
  Pass<T>& pass;
};

/// The product of a vector v with the matrix of second derivatives of ln p, for each event of a tile.
///
/// @f[ H v, \qquad H_{ij} = \frac{\partial^2 \ln p(x)}{\partial x_i \partial x_j} @f]
template <class T>
struct HessianProduct {
  ConstTile<T> input;   // D x N
  ConstTile<T> vector;  // D x N
  Tile<T> output;       // D x N, written
  Pass<T>& pass;
};

/// The second half of drawing, for a distribution that maps noise.
template <class T, class Cache = NoCache>
struct NoiseEvaluation {
  ConstTile<T> noise;  // D x N, or noise_size() x N, as draw has left it
  Tile<T> output;      // D x N, written: the events
  Sums log_prob;       // N: ln p of each event is added, in nats
  Cache& cache;
  Pass<T>& pass;
};

namespace detail {

/// The least generator that there is, to try draw with.
struct ProbeGenerator {
  static constexpr std::uint32_t(min)() { return 0; }
  static constexpr std::uint32_t(max)() { return 0xffff'ffff; }
  std::uint32_t operator()() { return 0; }
};

template <class P>
concept HasScalar = std::floating_point<typename P::Scalar>;
template <class P>
concept HasEventSize = requires(const P& p) {
  { P::static_event_size } -> std::convertible_to<int>;
  { p.event_size() } -> std::convertible_to<Index>;
};
template <class P>
concept HasLogProb =
    requires(const P& p, DensityEvaluation<typename P::Scalar, cache_t<P, typename P::Scalar>> e) { p.log_prob(e); };
template <class P>
concept HasLogProbPullback = requires(
    const P& p, DensityPullback<typename P::Scalar, cache_t<P, typename P::Scalar>> b) { p.log_prob_pullback(b); };
template <class P>
concept HasDraw =
    requires(const P& p, Eigen::Ref<Eigen::Matrix<typename P::Scalar, Eigen::Dynamic, Eigen::Dynamic>> events,
             ProbeGenerator& rng) { p.draw(events, rng); };

/// A Distribution but for copies: whether something made of an AnyFlow can be copied depends on whether it converts to
/// one.
template <class P>
concept HasPassesOfDistribution =
    HasMembers<P> && HasScalar<P> && HasEventSize<P> && HasLogProb<P> && HasLogProbPullback<P> && HasDraw<P>;

/// A distribution whose draws are mapped noise.
template <class P>
concept MapsNoise =
    requires(const P& p, NoiseEvaluation<typename P::Scalar, cache_t<P, typename P::Scalar>> n) { p.map_noise(n); };

/// A flow that shows its parts.
template <class P>
concept HasBaseAndBijector = requires(const P& p) {
  p.base;
  p.bijector;
};

/// How many numbers draw fills in for each event.
template <class P>
Index noise_size(const P& p) {
  if constexpr (requires { p.noise_size(); })
    return p.noise_size();
  else
    return p.event_size();
}

/// noise *= temperature, as draw has filled it in, but for what chooses among components.
template <class P, class Noise>
void scale_noise(const P& p, Noise noise, typename P::Scalar temperature) {
  if constexpr (requires { p.scale_noise(noise, temperature); })
    p.scale_noise(noise, temperature);
  else
    noise *= temperature;
}

}  // namespace detail

/// A density over events that can be evaluated, differentiated and drawn from. A plain struct; nothing to derive from.
///
/// | expression | meaning |
/// |---|---|
/// | `typename P::Scalar` | float or double |
/// | `P::static_event_size`, `p.event_size()` | D or Eigen::Dynamic; D |
/// | `P::members()` | the list of what belongs to its value, see core/members.hpp; `Members<>` if there is nothing |
/// | `p.log_prob(e)` | of a `DensityEvaluation<T>`: e.log_prob += ln p(e.input), in nats |
/// | `p.log_prob_pullback(b)` | of a `DensityPullback<T>`: writes b.input_gradient, adds to b.parameter_gradient |
/// | `p.draw(events, rng)` | fills `events`, an Eigen::Ref<Eigen::MatrixX<T>> with one event per column, event after event, from any uniform random bit generator |
/// | `p.map_noise(n)` | optional, of a `NoiseEvaluation<T>`: then draw fills in noise, and this makes events of it |
/// | `p.noise_size()` | optional, with map_noise: the rows of noise, where that takes more than D |
/// | `p.scale_noise(noise, t)` | optional, with map_noise: takes noise to the temperature t, where not all of it is multiplied by t |
/// | `P::Cache` | optional: what an evaluation keeps for its pullback, as for a Bijector |
/// | `p.coordinates_are_independent()` | optional: true if they are, and log_prob and draw take the first rows alone, too |
/// | `P::name` | optional: what messages and files call it; load<T>(path) makes no type without a name |
///
/// @code{.cpp}
/// struct Exponential {  // ln p(x) = -x for x >= 0, one coordinate
///   using Scalar = double;
///   static constexpr int static_event_size = 1;
///   static constexpr bijou::Index event_size() { return 1; }
///   static constexpr auto members() { return bijou::Members<>{}; }
///   void log_prob(bijou::DensityEvaluation<double> e) const {
///     e.log_prob += (e.input.row(0) < 0).select(-std::numeric_limits<double>::infinity(), -e.input.row(0));
///   }
///   void log_prob_pullback(bijou::DensityPullback<double> p) const { p.input_gradient = -p.log_prob_gradient; }
///   void draw(Eigen::Ref<Eigen::MatrixXd> events, auto& rng) const {
///     for (double& x : events.row(0)) x = -std::log1p(-bijou::uniform(rng));
///   }
/// };
/// static_assert(bijou::Distribution<Exponential>);
/// @endcode
template <class P>
concept Distribution = std::copyable<P> && detail::HasPassesOfDistribution<P>;

/// A log density that may lack its normaliser Z, with its gradient for the events: a Distribution without draws. Of the
/// table above Scalar, static_event_size, event_size(), log_prob and log_prob_pullback. Each Distribution is one, and
/// so is a flow under a context, flow.given(context).
///
/// @f[ \ln p^*(x) = \ln p(x) + \ln Z @f]
template <class E>
concept Energy =
    detail::HasScalar<E> && detail::HasEventSize<E> && detail::HasLogProb<E> && detail::HasLogProbPullback<E>;

/// The same without the gradient.
template <class E>
concept EnergyOfValues = detail::HasScalar<E> && detail::HasEventSize<E> && detail::HasLogProb<E>;

namespace detail {

/// Says which expression a type lacks to be an EnergyOfValues.
template <class E>
constexpr void require_energy_of_values() {
  static_assert(
      HasScalar<E>,
      "not an energy: Scalar, float or double, is missing; of a function make one by energy_of<double, D>(f)");
  static_assert(HasEventSize<E>, "not an energy: static_event_size or event_size() is missing");
  static_assert(HasLogProb<E>, "not an energy: log_prob(DensityEvaluation<Scalar> e) const is missing");
}

/// Says which expression a type lacks to be an Energy.
template <class E>
constexpr void require_energy() {
  require_energy_of_values<E>();
  static_assert(HasLogProbPullback<E>,
                "not an energy with a gradient: log_prob_pullback(DensityPullback<Scalar> p) const is missing");
}

/// Says which expression a type lacks to be a Distribution.
template <class P>
constexpr void require_distribution() {
  static_assert(std::copyable<P>, "not a Distribution: it cannot be copied");
  static_assert(HasScalar<P>, "not a Distribution: Scalar, float or double, is missing");
  static_assert(HasEventSize<P>, "not a Distribution: static_event_size or event_size() is missing");
  static_assert(
      HasMembers<P>,
      "not a Distribution: static constexpr auto members() is missing, the list of what belongs to its value; "
      "return bijou::Members<>{} if it holds nothing");
  static_assert(HasLogProb<P>, "not a Distribution: log_prob(DensityEvaluation<Scalar> e) const is missing");
  static_assert(HasLogProbPullback<P>,
                "not a Distribution: log_prob_pullback(DensityPullback<Scalar> p) const is missing");
  static_assert(HasDraw<P>,
                "not a Distribution: draw(Eigen::Ref<Eigen::MatrixX<Scalar>> events, Rng& rng) const is missing");
}

}  // namespace detail
}  // namespace bijou

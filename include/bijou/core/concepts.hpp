#pragma once

#include <bijou/core/parameters.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/core/workspace.hpp>
#include <concepts>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>

namespace bijou {

/// The scalar of a map that works with any (a permutation).
struct AnyScalar {};

namespace detail {

template <class B>
struct ScalarOf {
  using type = AnyScalar;
};
template <class B>
requires requires { typename B::Scalar; }
struct ScalarOf<B> {
  using type = typename B::Scalar;
};

/// Scalar of a bijector or distribution; AnyScalar when it names none.
template <class B>
using scalar_t = typename ScalarOf<B>::type;

template <class B, class T>
inline constexpr bool takes_scalar = std::is_same_v<scalar_t<B>, T> || std::is_same_v<scalar_t<B>, AnyScalar>;

/// The scalar that the concepts try a map with.
template <class B>
using probe_scalar_t = std::conditional_t<std::is_same_v<scalar_t<B>, AnyScalar>, double, scalar_t<B>>;

struct NoCache {};
template <class B, class T>
struct CacheOf {
  using type = NoCache;
};
template <class B, class T>
requires requires { typename B::Cache; }
struct CacheOf<B, T> {
  using type = typename B::Cache;
};
template <class B, class T>
requires requires { typename B::template Cache<T>; }
struct CacheOf<B, T> {
  using type = typename B::template Cache<T>;
};

/// What a bijector keeps between a pass and its pullback.
template <class B, class T>
using cache_t = typename CacheOf<B, T>::type;

template <class B, class T>
concept PlainMaps = requires(const B& b, ConstTile<T> in, Tile<T> out, Row<T> log_det, ConstRow<T> log_det_gradient,
                             ParameterGradient<T> gradient) {
  b.forward(in, out, log_det);
  b.inverse(in, out, log_det);
  b.forward_pullback(in, in, in, log_det_gradient, out, gradient);
  b.inverse_pullback(in, in, in, log_det_gradient, out, gradient);
};

template <class B, class T>
concept CachedMaps = requires(const B& b, ConstTile<T> in, Tile<T> out, Row<T> log_det, ConstRow<T> log_det_gradient,
                              ParameterGradient<T> gradient, cache_t<B, T>& cache, Pass<T>& pass) {
  b.forward(in, out, log_det, cache, pass);
  b.inverse(in, out, log_det, cache, pass);
  b.forward_pullback(in, in, in, log_det_gradient, out, gradient, cache, pass);
  b.inverse_pullback(in, in, in, log_det_gradient, out, gradient, cache, pass);
};

template <class B>
std::string_view name_of() {
  if constexpr (requires { B::name; })
    return B::name;
  else
    return "bijector";
}

}  // namespace detail

/// A map between noise z and data x, both D x N tiles, whose log|det Jacobian| is cheap. A plain struct; nothing to
/// derive from.
///
/// | expression | meaning |
/// |---|---|
/// | `B::static_event_size` | D, or Eigen::Dynamic; then `b.event_size()` gives D |
/// | `typename B::Scalar` | optional: float or double; a type without it works with both, its maps are templates |
/// | `b.forward(z, x, log_det)` | writes x = f(z) and adds log\|det df/dz\| to log_det |
/// | `b.inverse(x, z, log_det)` | writes z = f^-1(x) and adds log\|det df^-1/dx\| to log_det |
/// | `b.forward_pullback(z, x, x_gradient, log_det_gradient, z_gradient, gradient)` | given dL/dx and dL/dlog_det, writes dL/dz and adds dL/dparameters to `gradient` (flat, in the order of the list) |
/// | `b.inverse_pullback(x, z, z_gradient, log_det_gradient, x_gradient, gradient)` | the same for the other direction |
/// | `B::parameter_list()` | optional: names and members of the parameters, see parameters.hpp |
/// | `B::state_list()` | optional: the same for what is saved but not trained |
/// | `B::Cache` | optional: what a pass keeps for its pullback (trivially destructible, views into the arena). Then each of the four maps takes two more arguments, `Cache& cache, Pass<T>& pass`: scratch memory and the context |
/// | `B::name` | optional: how error messages call it |
///
/// z and x: ConstTile<T> for what is read, Tile<T> for what is written, never aliased. log_det: Row<T>, in nats.
/// Preconditions are the caller's: nothing is checked inside.
///
/// @code{.cpp}
/// struct Shift {  // x = z + shift
///   using Scalar = float;
///   static constexpr int static_event_size = 2;
///   Eigen::Vector2f shift{0.0f, 0.0f};
///   static constexpr auto parameter_list() { return std::tuple{bijou::named("shift", &Shift::shift)}; }
///
///   void forward(bijou::ConstTile<float> z, bijou::Tile<float> x, bijou::Row<float>) const {
///     x = z.colwise() + shift.array();
///   }
///   void inverse(bijou::ConstTile<float> x, bijou::Tile<float> z, bijou::Row<float>) const {
///     z = x.colwise() - shift.array();
///   }
///   void forward_pullback(bijou::ConstTile<float>, bijou::ConstTile<float>, bijou::ConstTile<float> x_gradient,
///                         bijou::ConstRow<float>, bijou::Tile<float> z_gradient,
///                         bijou::ParameterGradient<float> gradient) const {
///     z_gradient = x_gradient;
///     gradient += x_gradient.rowwise().sum();
///   }
///   void inverse_pullback(bijou::ConstTile<float>, bijou::ConstTile<float>, bijou::ConstTile<float> z_gradient,
///                         bijou::ConstRow<float>, bijou::Tile<float> x_gradient,
///                         bijou::ParameterGradient<float> gradient) const {
///     x_gradient = z_gradient;
///     gradient -= z_gradient.rowwise().sum();
///   }
/// };
/// static_assert(bijou::Bijector<Shift>);
/// @endcode
template <class B>
concept Bijector = std::copyable<B> && requires {
  { B::static_event_size } -> std::convertible_to<int>;
} && (detail::PlainMaps<B, detail::probe_scalar_t<B>> || detail::CachedMaps<B, detail::probe_scalar_t<B>>);

/// A density over events that can be evaluated, differentiated and drawn from.
///
/// | expression | meaning |
/// |---|---|
/// | `typename P::Scalar`, `P::static_event_size`, `p.event_size()` | as for a Bijector; here the scalar is required |
/// | `p.log_prob(x, log_p)` | adds the log density of each column of the tile x to log_p, in nats |
/// | `p.log_prob_pullback(x, log_p_gradient, x_gradient, gradient)` | given dL/dlog_p, writes dL/dx and adds dL/dparameters |
/// | `p.draw(events, rng)` | fills a column-major D x N matrix, event after event |
/// | `P::parameter_list()` | optional |
template <class P>
concept Distribution =
    std::copyable<P> &&
    requires(const P& p, ConstTile<typename P::Scalar> x, Tile<typename P::Scalar> x_gradient,
             Row<typename P::Scalar> log_p, ConstRow<typename P::Scalar> log_p_gradient,
             ParameterGradient<typename P::Scalar> gradient,
             Eigen::Matrix<typename P::Scalar, P::static_event_size, Eigen::Dynamic>& events, std::mt19937_64& rng) {
      { P::static_event_size } -> std::convertible_to<int>;
      { p.event_size() } -> std::convertible_to<Index>;
      p.draw(events, rng);
      p.log_prob(x, log_p);
      p.log_prob_pullback(x, log_p_gradient, x_gradient, gradient);
    };

/// A monotone map of one coordinate whose parameters come from a conditioner: one row for the coordinate, K rows for
/// the parameters, N events each.
///
/// | expression | meaning |
/// |---|---|
/// | `typename S::Scalar` | float or double |
/// | `s.parameters_per_coordinate()` | K |
/// | `s.forward(parameters, z, x, log_det)` | writes x = f(z; parameters), adds log df/dz to log_det |
/// | `s.inverse(parameters, x, z, log_det)` | writes z, adds log dz/dx |
/// | `s.forward_pullback(parameters, z, x, x_gradient, log_det_gradient, parameters_gradient, z_gradient)` | writes both gradients |
/// | `s.inverse_pullback(parameters, x, z, z_gradient, log_det_gradient, parameters_gradient, x_gradient)` | writes both gradients |
///
/// parameters: ConstTile<T>, K x N; rows: ConstRow<T> and Row<T>. Rows may be read and written up to the next multiple
/// of the SIMD packet.
template <class S>
concept Transformer =
    std::copyable<S> && requires(const S& s, ConstTile<typename S::Scalar> parameters, ConstRow<typename S::Scalar> in,
                                 Row<typename S::Scalar> out, Tile<typename S::Scalar> parameters_gradient) {
      { s.parameters_per_coordinate() } -> std::convertible_to<Index>;
      s.forward(parameters, in, out, out);
      s.inverse(parameters, in, out, out);
      s.forward_pullback(parameters, in, in, in, in, parameters_gradient, out);
      s.inverse_pullback(parameters, in, in, in, in, parameters_gradient, out);
    };

/// A network that turns some coordinates of an event (and the context) into the parameters of transformers.
///
/// | expression | meaning |
/// |---|---|
/// | `typename C::Scalar`, `typename C::Cache` | scalar; what a pass keeps |
/// | `c.evaluate(input, output, cache, pass)` | writes the parameters: output_size() x N |
/// | `c.pullback(output_gradient, input_gradient, gradient, cache, pass)` | writes dL/dinput, adds dL/dparameters |
/// | `c.input_size()`, `c.output_size()` | rows of input and output |
template <class C>
concept Conditioner =
    std::copyable<C> &&
    requires(const C& c, ConstTile<typename C::Scalar> in, Tile<typename C::Scalar> out, typename C::Cache& cache,
             Pass<typename C::Scalar>& pass, ParameterGradient<typename C::Scalar> gradient) {
      { c.input_size() } -> std::convertible_to<Index>;
      { c.output_size() } -> std::convertible_to<Index>;
      c.evaluate(in, out, cache, pass);
      c.pullback(in, out, gradient, cache, pass);
    };

/// D of a bijector or distribution.
template <class B>
Index event_size(const B& b) {
  if constexpr (requires { b.event_size(); })
    return b.event_size();
  else
    return B::static_event_size;
}

}  // namespace bijou

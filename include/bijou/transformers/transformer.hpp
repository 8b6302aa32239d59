#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/pass.hpp>
#include <bijou/core/tile.hpp>
#include <concepts>
#include <string_view>

namespace bijou {

/// One pass of a transformer over one coordinate of N events. forward: input is z and output x; inverse: the other way
/// round.
template <class T>
struct TransformerEvaluation {
  ConstTile<T> parameters;  // K x N
  ConstRow<T> input;        // N
  Row<T> output;            // N, written
  Sums log_det;             // N: ln(d output / d input) is added, in nats
  Pass<T>& pass;
  Index coordinate = 0;  // which one of its event, for a transformer that treats them differently
};

/// What goes back through a pass: given dL/doutput and dL/dlog_det, write dL/dinput and dL/dparameters.
template <class T>
struct TransformerPullback {
  ConstTile<T> parameters;       // K x N, as in the pass
  ConstRow<T> input;             // N, as in the pass
  ConstRow<T> output;            // N, as in the pass
  ConstRow<T> output_gradient;   // N
  ConstRow<T> log_det_gradient;  // N
  Tile<T> parameters_gradient;   // K x N, written
  Row<T> input_gradient;         // N, written
  Pass<T>& pass;
  /// As in the pass.
  Index coordinate = 0;
};

namespace detail {

template <class S>
concept HasTransformerScalar = std::floating_point<typename S::Scalar>;
template <class S>
concept HasParametersPerCoordinate = requires(const S& s) {
  { s.parameters_per_coordinate() } -> std::convertible_to<Index>;
};
template <class S>
concept HasTransformerForward = requires(const S& s, TransformerEvaluation<typename S::Scalar> e) { s.forward(e); };
template <class S>
concept HasTransformerInverse = requires(const S& s, TransformerEvaluation<typename S::Scalar> e) { s.inverse(e); };
template <class S>
concept HasTransformerForwardPullback =
    requires(const S& s, TransformerPullback<typename S::Scalar> p) { s.forward_pullback(p); };
template <class S>
concept HasTransformerInversePullback =
    requires(const S& s, TransformerPullback<typename S::Scalar> p) { s.inverse_pullback(p); };

/// A Transformer but for copies: whether something made of an AnyTransformer can be copied depends on whether it
/// converts to one.
template <class S>
concept HasMapsOfTransformer =
    HasMembers<S> && HasTransformerScalar<S> && HasParametersPerCoordinate<S> && HasTransformerForward<S> &&
    HasTransformerInverse<S> && HasTransformerForwardPullback<S> && HasTransformerInversePullback<S>;

}  // namespace detail

/// A strictly monotone map of one coordinate whose K parameters come from a conditioner.
///
/// @f[ x = f(z; \theta), \qquad \theta \in \mathbb{R}^K @f]
///
/// | expression | meaning |
/// |---|---|
/// | `typename S::Scalar` | float or double |
/// | `S::members()` | the list of what belongs to its value: state only, since its parameters come from outside |
/// | `s.parameters_per_coordinate()` | K |
/// | `s.forward(e)`, `s.inverse(e)` | of a `TransformerEvaluation<T>`: writes e.output, adds to e.log_det |
/// | `s.forward_pullback(p)`, `s.inverse_pullback(p)` | of a `TransformerPullback<T>`: writes both gradients |
///
/// A layer that is made of sizes and a generator makes its transformer by default, `S{}`, or is given it before these.
/// One that treats coordinates differently reads e.coordinate and says for how many it is made, `s.coordinates()`.
///
/// Rows hold one number for each event. Eigen expressions of rows are the shortest way to write a map; loops over SIMD
/// packets give an event the same bits wherever it stands in a batch, which the laws of the tests ask for. In these
/// `row.load(n)` and `row.store(n, v)` give a packet of events, tiles have `load(k, n)` and `store(k, n, v)`, sums
/// `add(n, v)`; rows may be read and written up to the next multiple of the packet, `Simd<T>::size`. AffineTransformer
/// is an example.
///
/// @code{.cpp}
/// struct Additive {  // x = z + a: one parameter, ln dx/dz = 0
///   using Scalar = float;
///   static constexpr auto members() { return bijou::Members<>{}; }
///   static constexpr bijou::Index parameters_per_coordinate() { return 1; }
///   void forward(bijou::TransformerEvaluation<float> e) const { e.output = e.input + e.parameters.row(0); }
///   void inverse(bijou::TransformerEvaluation<float> e) const { e.output = e.input - e.parameters.row(0); }
///   void forward_pullback(bijou::TransformerPullback<float> p) const {
///     p.input_gradient = p.output_gradient;
///     p.parameters_gradient.row(0) = p.output_gradient;
///   }
///   void inverse_pullback(bijou::TransformerPullback<float> p) const {
///     p.input_gradient = p.output_gradient;
///     p.parameters_gradient.row(0) = -p.output_gradient;
///   }
/// };
/// static_assert(bijou::Transformer<Additive>);
/// @endcode
template <class S>
concept Transformer = std::copyable<S> && detail::HasMapsOfTransformer<S>;

namespace detail {

/// The greatest number of parameters of a coordinate, if it is known at compile time, else Dynamic.
template <class S>
constexpr int most_parameters() {
  if constexpr (requires { std::integral_constant<Index, Index{S::parameters_per_coordinate()}>{}; })
    return static_cast<int>(S::parameters_per_coordinate());
  else if constexpr (requires { S::most_parameters; })
    return S::most_parameters;
  else
    return Eigen::Dynamic;
}

/// Says which expression a type lacks to be a Transformer.
template <class S>
constexpr void require_transformer() {
  static_assert(std::copyable<S>, "not a Transformer: it cannot be copied");
  static_assert(HasTransformerScalar<S>, "not a Transformer: Scalar, float or double, is missing");
  static_assert(HasMembers<S>,
                "not a Transformer: static constexpr auto members() is missing; return bijou::Members<>{} if it holds "
                "nothing");
  static_assert(HasParametersPerCoordinate<S>, "not a Transformer: parameters_per_coordinate() is missing");
  static_assert(HasTransformerForward<S>,
                "not a Transformer: forward(TransformerEvaluation<Scalar> e) const is missing");
  static_assert(HasTransformerInverse<S>,
                "not a Transformer: inverse(TransformerEvaluation<Scalar> e) const is missing");
  static_assert(HasTransformerForwardPullback<S>,
                "not a Transformer: forward_pullback(TransformerPullback<Scalar> p) const is missing");
  static_assert(HasTransformerInversePullback<S>,
                "not a Transformer: inverse_pullback(TransformerPullback<Scalar> p) const is missing");
}

/// Throws std::invalid_argument for a transformer that is made for another number of coordinates, if it is made for
/// one.
template <class S>
void require_transformer_for(std::string_view caller, const S& transformer, Index event_size) {
  if constexpr (requires { transformer.coordinates(); }) {
    const Index made_for = transformer.coordinates();
    if (made_for != any_size) require_size(caller, "a transformer for events", event_size, made_for);
  }
}

}  // namespace detail

}  // namespace bijou

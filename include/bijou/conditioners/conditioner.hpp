#pragma once

#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/pass.hpp>
#include <bijou/core/tile.hpp>
#include <concepts>
#include <string_view>

namespace bijou {

/// One pass of a conditioner over a tile of N events.
template <class T, class Cache>
struct ConditionerEvaluation {
  ConstTile<T> input;  // input_size() x N
  Tile<T> output;      // output_size() x N, written
  Cache& cache;
  Pass<T>& pass;  // holds the context, context_size() x N
};

/// What goes back through a pass: given dL/doutput, write dL/dinput, add dL/dparameters, and add dL/dcontext to
/// pass.context_gradient if that has rows.
template <class T, class Cache>
struct ConditionerPullback {
  ConstTile<T> output_gradient;             // output_size() x N
  Tile<T> input_gradient;                   // input_size() x N, written
  ParameterGradient<T> parameter_gradient;  // flat, added to; empty when nobody reads it
  const Cache& cache;
  Pass<T>& pass;
};

namespace detail {

template <class C>
concept HasScalarAndCache = std::floating_point<typename C::Scalar> && requires { typename C::Cache; };
template <class C>
concept HasConditionerSizes = requires(const C& c) {
  { c.input_size() } -> std::convertible_to<Index>;
  { c.output_size() } -> std::convertible_to<Index>;
  { c.context_size() } -> std::convertible_to<Index>;
};
template <class C>
concept HasEvaluate =
    requires(const C& c, ConditionerEvaluation<typename C::Scalar, typename C::Cache> e) { c.evaluate(e); };
template <class C>
concept HasConditionerPullback =
    requires(const C& c, ConditionerPullback<typename C::Scalar, typename C::Cache> p) { c.pullback(p); };

/// A Conditioner but for copies: whether something made of an AnyConditioner can be copied depends on whether it
/// converts to one.
template <class C>
concept HasPassesOfConditioner =
    HasMembers<C> && HasScalarAndCache<C> && HasConditionerSizes<C> && HasEvaluate<C> && HasConditionerPullback<C>;

}  // namespace detail

/// A network that turns some coordinates of an event and the context into the parameters of transformers.
///
/// @f[ \theta = g(x; c) @f]
///
/// | expression | meaning |
/// |---|---|
/// | `typename C::Scalar`, `typename C::Cache` | scalar; what a pass keeps for its pullback |
/// | `C::members()` | the list of what belongs to its value, see core/members.hpp |
/// | `c.input_size()`, `c.output_size()`, `c.context_size()` | rows of input, output and context |
/// | `c.evaluate(e)` | of a `ConditionerEvaluation<T, Cache>`: writes e.output |
/// | `c.pullback(p)` | of a `ConditionerPullback<T, Cache>`: writes p.input_gradient, adds to p.parameter_gradient |
/// | `c.hides_inputs()` | of one whose type is decided at run time, in place of the next |
/// | `C::is_autoregressive` | optional: true if no output sees all inputs, as of Made, which Coupling refuses; false if all do, as of Mlp, which Autoregressive refuses |
template <class C>
concept Conditioner = std::copyable<C> && detail::HasPassesOfConditioner<C>;

namespace detail {

/// Says which expression a type lacks to be a Conditioner.
template <class C>
constexpr void require_conditioner() {
  static_assert(std::copyable<C>, "not a Conditioner: it cannot be copied");
  static_assert(HasScalarAndCache<C>, "not a Conditioner: Scalar, float or double, or Cache is missing");
  static_assert(HasMembers<C>,
                "not a Conditioner: static constexpr auto members() is missing, the list of what belongs to its value; "
                "return bijou::Members<>{} if it holds nothing");
  static_assert(HasConditionerSizes<C>, "not a Conditioner: input_size(), output_size() or context_size() is missing");
  static_assert(HasEvaluate<C>, "not a Conditioner: evaluate(ConditionerEvaluation<Scalar, Cache> e) const is missing");
  static_assert(HasConditionerPullback<C>,
                "not a Conditioner: pullback(ConditionerPullback<Scalar, Cache> p) const is missing");
}

/// Refuses a conditioner whose type is decided at run time unless it hides inputs from outputs, or unless it does not.
template <class C>
void require_hiding(std::string_view caller, const C& conditioner, bool hides) {
  if constexpr (requires { conditioner.hides_inputs(); }) {
    if (conditioner.hides_inputs() == hides) return;
    throw_invalid_argument(caller, hides ? "takes an autoregressive conditioner, such as Made"
                                         : "takes a conditioner whose outputs see all inputs, such as Mlp");
  }
}

/// Whether a conditioner says of itself that it hides inputs from outputs, or that it does not.
template <class C, bool Hides>
constexpr bool says_autoregressive() {
  if constexpr (requires { C::is_autoregressive; })
    return C::is_autoregressive == Hides;
  else
    return false;
}

}  // namespace detail

/// A conditioner whose outputs for step i depend on the inputs before i only and can be computed once these are known,
/// as Autoregressive needs it.
///
/// @f[ \theta_i = g_i(x_0, \ldots, x_{i-1}; c) @f]
///
/// | expression | meaning |
/// |---|---|
/// | `c.steps()` | the number of steps; Autoregressive takes one for each coordinate |
/// | `c.start(e)` | takes the memory of a pass; the rows of e.input may be filled in later |
/// | `c.evaluate_steps(first, last, e)` | writes the outputs of steps first, ..., last - 1; the steps come in order |
/// | `auto back = c.start_pullback(p)` | takes the memory of a pullback; the rows of p.output_gradient may be filled in later |
/// | `back.steps(first, last)` | once the output gradients of these and later steps are there: writes dL/dinput for the inputs that complete step `first`, from the last step to the first |
/// | `back.finish()` | adds dL/dparameters and dL/dcontext |
template <class C>
concept SequentialConditioner =
    Conditioner<C> && requires(const C& c, ConditionerEvaluation<typename C::Scalar, typename C::Cache> e,
                               ConditionerPullback<typename C::Scalar, typename C::Cache> p) {
      { c.steps() } -> std::convertible_to<Index>;
      c.start(e);
      c.evaluate_steps(0, 1, e);
      c.start_pullback(p).steps(0, 1);
      c.start_pullback(p).finish();
    };

namespace detail {

template <class C>
constexpr void require_sequential_conditioner() {
  require_conditioner<C>();
  static_assert(SequentialConditioner<C>,
                "not a SequentialConditioner: Autoregressive needs one, with steps(), start, evaluate_steps and "
                "start_pullback, such as Made; see conditioners/conditioner.hpp");
  static_assert(
      !says_autoregressive<C, false>(),
      "Autoregressive: all outputs of this conditioner (Mlp) see all inputs; take one that goes coordinate by "
      "coordinate, such as Made");
}

}  // namespace detail
}  // namespace bijou

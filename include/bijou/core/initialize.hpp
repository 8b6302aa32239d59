#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/ranks.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <string_view>
#include <type_traits>

/// What learns from data before training (Standardize) or at the start of each epoch (BatchNorm): one call for a whole
/// flow. A type that learns has
///
/// | expression | meaning |
/// |---|---|
/// | `b.is_initialized()` | whether it has learned; part of its state |
/// | `b.initialize(batch)` | learns from a LearningBatch<T>: of a bijector the events on its data side, x |
/// | `b.learns_each_epoch()` | optional: whether it, or a part of it, learns anew at the start of each epoch of fit |
/// | `B::may_learn` | optional: false for a type that holds others none of which has initialize |
///
/// and one that holds others hands the batch on, mapped by those nearer to the data.
namespace bijou {

namespace detail {

/// Events, D x N, and their contexts, C x N or no rows. Finite where they enter a flow.
template <class T>
struct LearningBatch {
  ColumnsView<T> events;
  ColumnsView<T> contexts;
  /// Whether this is an epoch of fit: then only what learns at each of them does.
  bool is_epoch = false;
  /// Who has the other events that are to be learned from, if there are any.
  Ranks ranks = {};
};

}  // namespace detail

/// Whether everything in an object that learns from data has done so; true if there is nothing.
template <class U>
bool is_initialized(const U& object) {
  if constexpr (requires { object.is_initialized(); })
    return object.is_initialized();
  else
    return true;
}

/// Whether something in an object learns anew at the start of each epoch of fit.
template <class U>
bool learns_each_epoch(const U& object) {
  if constexpr (requires { object.learns_each_epoch(); })
    return object.learns_each_epoch();
  else
    return false;
}

namespace detail {

/// Whether something in an object is to learn from a batch.
template <class U, class T>
bool learns_from(const U& object, const LearningBatch<T>& batch) {
  return batch.is_epoch ? bijou::learns_each_epoch(object) : !bijou::is_initialized(object);
}

/// Whether an object of type U may learn. For a flow that never does, nothing of this is compiled.
template <class U, class T>
constexpr bool may_learn() {
  if constexpr (requires { U::may_learn; })
    return U::may_learn;
  else
    return requires(U& object, const LearningBatch<T>& batch) { object.initialize(batch); };
}

template <class U, class T>
void initialize_part(U& object, const LearningBatch<T>& batch) {
  if constexpr (may_learn<U, T>()) {
    if (learns_from(object, batch)) object.initialize(batch);
  }
}

/// Refuses columns that are not finite, and names the first number that is not.
template <class T>
void require_finite_columns(std::string_view caller, std::string_view what, const ColumnsView<T>& columns) {
  for (Index n = 0; n < columns.cols(); ++n) {
    const T* const column = columns.data() + n * columns.outerStride();
    if (all_finite(column, columns.rows())) continue;
    const Index i = std::find_if(column, column + columns.rows(), [](T x) { return !finite(x); }) - column;
    throw_invalid_argument(caller, "expected finite ", what, ", got ", column[i], " in column ", n, ", row ", i,
                           " (counting from 0)");
  }
}

/// What can be said of the events of one rank alone.
template <class T>
void require_learning_batch(std::string_view caller, Index event_size, Index context_size,
                            const LearningBatch<T>& batch) {
  require_rows(caller, event_size, batch.events.rows());
  if (batch.contexts.rows() == 0 && context_size > 0) {
    throw_invalid_argument(caller, "expected a context of ", context_size, " rows beside the data, got none");
  }
  if (batch.contexts.rows() != context_size) {
    throw_invalid_argument(caller, "expected a context of ", context_size, " rows, got ", batch.contexts.rows());
  }
  if (context_size > 0) require_size(caller, "contexts", batch.events.cols(), batch.contexts.cols());
  require_finite_columns(caller, "data", batch.events);
  require_finite_columns(caller, "contexts", batch.contexts);
}

/// What learns from data in a distribution does so, from a batch that is checked first.
template <class P>
void learn_checked(P& p, bool is_epoch, const Columns<typename P::Scalar>& events,
                   const Columns<typename P::Scalar>& contexts, const Ranks& ranks) {
  const std::string_view caller = name_of<P>("distribution");
  const LearningBatch<typename P::Scalar> batch{columns_of(events), columns_of(contexts), is_epoch, ranks};
  require_learning_batch(caller, event_size(p), context_size(p), batch);
  const Index all = ranks.place(events.cols()).total;
  if (all < 2) throw_invalid_argument(caller, "expected at least 2 events to learn from, got ", all);
  initialize_part(p, batch);
}

/// x: D x N. context: C x N, or C x 1 for all events.
template <class P, class X>
void learn(P& p, bool is_epoch, const Ranks& ranks, const Eigen::DenseBase<X>& x) {
  const Eigen::Matrix<typename P::Scalar, Eigen::Dynamic, Eigen::Dynamic> no_contexts(0, 0);
  learn_checked(p, is_epoch, for_ref(x), no_contexts, ranks);
}
template <class P, class X, class Context>
void learn(P& p, bool is_epoch, const Ranks& ranks, const Eigen::DenseBase<X>& x,
           const Eigen::DenseBase<Context>& context) {
  if (context.cols() == 1)
    learn_checked(p, is_epoch, for_ref(x), for_ref(context).replicate(1, x.cols()), ranks);
  else
    learn_checked(p, is_epoch, for_ref(x), for_ref(context), ranks);
}

}  // namespace detail

/// Starts everything in a distribution that learns from data, with a batch of events: D x N, N >= 2, finite, any Eigen
/// expression. What has been started stays as it is. fit makes this call with its training events.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                     bijou::Chain{bijou::Standardize<float, 2>{}, bijou::MAF<float, 2>{{32}, rng}}};
/// bijou::initialize(flow, data);
/// @endcode
template <class P, class X>
void initialize(P& p, const Eigen::DenseBase<X>& x) {
  constexpr bool scalars_agree = std::is_same_v<typename X::Scalar, typename P::Scalar>;
  static_assert(scalars_agree, "initialize: data and flow must have the same scalar");
  if constexpr (scalars_agree) detail::learn(p, false, {}, x);
}

/// The same for a conditional distribution. context: C x N, one column for each event, or C x 1 for all.
template <class P, class X, class Context>
void initialize(P& p, const Eigen::DenseBase<X>& x, const Eigen::DenseBase<Context>& context) {
  constexpr bool scalars_agree = std::is_same_v<typename X::Scalar, typename P::Scalar> &&
                                 std::is_same_v<typename Context::Scalar, typename P::Scalar>;
  static_assert(scalars_agree, "initialize: data, context and flow must have the same scalar");
  if constexpr (scalars_agree) detail::learn(p, false, {}, x, context);
}

}  // namespace bijou

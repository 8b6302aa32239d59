#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <string_view>

/// What learns from data before training (Standardize): one call for a whole flow. A type that learns has
///
/// | expression | meaning |
/// |---|---|
/// | `b.is_initialized()` | whether it has learned; part of its state |
/// | `b.initialize(batch)` | learns from a LearningBatch<T>: of a bijector the events on its data side, x |
///
/// and one that holds others hands the batch on, mapped by those nearer to the data.
namespace bijou {

namespace detail {

/// Events, D x N, and their contexts, C x N or no rows. Finite.
template <class T>
struct LearningBatch {
  ColumnsView<T> events;
  ColumnsView<T> contexts;
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

namespace detail {

template <class U, class T>
void initialize_part(U& object, const LearningBatch<T>& batch) {
  if constexpr (requires { object.initialize(batch); }) {
    if (!is_initialized(object)) object.initialize(batch);
  }
}

/// Refuses columns that are not finite, and names the first number that is not. after: the end of the message.
template <class T>
void require_finite_columns(std::string_view caller, std::string_view what, const ColumnsView<T>& columns,
                            std::string_view after = {}) {
  for (Index n = 0; n < columns.cols(); ++n) {
    const T* const column = columns.data() + n * columns.outerStride();
    if (all_finite(column, columns.rows())) continue;
    const Index i = std::find_if(column, column + columns.rows(), [](T x) { return !finite(x); }) - column;
    throw_invalid_argument(caller, "expected finite ", what, ", got ", column[i], " in column ", n, ", row ", i, after);
  }
}

template <class T>
void require_learning_batch(std::string_view caller, Index event_size, Index context_size,
                            const LearningBatch<T>& batch) {
  require_rows(caller, event_size, batch.events.rows());
  if (batch.events.cols() < 2) {
    throw_invalid_argument(caller, "expected at least 2 events to learn from, got ", batch.events.cols());
  }
  if (batch.contexts.rows() == 0 && context_size > 0) {
    throw_invalid_argument(caller, "expected a context of ", context_size, " rows beside the events, got none");
  }
  if (batch.contexts.rows() != context_size) {
    throw_invalid_argument(caller, "expected a context of ", context_size, " rows, got ", batch.contexts.rows());
  }
  if (context_size > 0) require_size(caller, "contexts", batch.events.cols(), batch.contexts.cols());
  require_finite_columns(caller, "data", batch.events);
  require_finite_columns(caller, "contexts", batch.contexts);
}

template <class P, class T>
void initialize_checked(P& p, const Columns<T>& events, const Columns<T>& contexts) {
  const LearningBatch<T> batch{columns_of(events), columns_of(contexts)};
  require_learning_batch(name_of<P>("distribution"), event_size(p), context_size(p), batch);
  initialize_part(p, batch);
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
  using T = typename P::Scalar;
  const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> no_contexts(0, 0);
  detail::initialize_checked<P, T>(p, x.derived().matrix(), no_contexts);
}

/// The same for a conditional distribution. context: C x N, one column for each event, or C x 1 for all.
template <class P, class X, class Context>
void initialize(P& p, const Eigen::DenseBase<X>& x, const Eigen::DenseBase<Context>& context) {
  using T = typename P::Scalar;
  if (context.cols() == 1)
    detail::initialize_checked<P, T>(p, x.derived().matrix(), context.derived().matrix().replicate(1, x.cols()));
  else
    detail::initialize_checked<P, T>(p, x.derived().matrix(), context.derived().matrix());
}

}  // namespace bijou

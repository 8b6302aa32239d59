#pragma once

#include <bijou/core/index.hpp>
#include <Eigen/Core>

/// Whether the numbers of an argument lie in memory, and what is done where they do not.
namespace bijou::detail {

/// x(all, seq(0, n, 2)). Eigen says that its numbers lie in memory, but has no data() (3.4), or none that compiles for
/// a const x (5).
template <class X>
inline constexpr bool is_selection = false;
template <class X, class Rows, class Columns>
inline constexpr bool is_selection<Eigen::IndexedView<X, Rows, Columns>> = true;

template <class X>
inline constexpr bool lies_in_memory = bool(X::Flags & Eigen::DirectAccessBit) && !is_selection<X>;
/// A vector whose numbers lie one after the other.
template <class X>
inline constexpr bool is_contiguous_vector =
    lies_in_memory<X> && X::InnerStrideAtCompileTime == 1 && bool(X::IsVectorAtCompileTime);
/// A batch in which the numbers of an event lie one after the other.
template <class X>
inline constexpr bool has_contiguous_columns =
    lies_in_memory<X> && X::InnerStrideAtCompileTime == 1 && !bool(X::IsRowMajor);

/// A batch for Eigen::Ref<const Matrix>, which copies what does not lie in memory.
template <class X>
decltype(auto) for_ref(const Eigen::DenseBase<X>& x) {
  if constexpr (is_selection<X>)
    return x.derived().matrix().unaryExpr([](const typename X::Scalar& number) { return number; });
  else
    return x.derived().matrix();
}

/// The batch itself if it lies in memory, otherwise its values.
template <class X>
decltype(auto) in_memory(const Eigen::DenseBase<X>& events) {
  if constexpr (lies_in_memory<X>)
    return events.derived();
  else
    return events.derived().eval();
}

}  // namespace bijou::detail

#pragma once

#include <Eigen/Core>
#include <type_traits>

#include "support/fewer_types.hpp"

namespace laws {

/// Whether a bijector or a distribution joins the laws: in the first part of the types if its size is known at run
/// time, in the second if it is known at compile time.
template <class P>
inline constexpr bool joins =
    part_of_types == 0 || (std::remove_cvref_t<P>::static_event_size == Eigen::Dynamic) == (part_of_types == 1);

}  // namespace laws

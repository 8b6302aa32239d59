#pragma once

#include <Eigen/Core>
#include <type_traits>

#include "support/fewer_types.hpp"

namespace laws {

/// Whether a type joins the laws in float, too: in the first part of the types if its size is known at run time, in the
/// second if it is known at compile time.
template <class InFloat>
inline constexpr bool joins_in_float =
    part_of_types == 0 || (InFloat::static_event_size == Eigen::Dynamic) == (part_of_types == 1);

}  // namespace laws

#pragma once

#include <Eigen/Core>
#include <type_traits>

#include "support/fewer_types.hpp"

namespace laws {

/// Whether a type joins the laws in float, too. In fewer types only those do whose size is known at run time.
template <class InFloat>
inline constexpr bool joins_in_float = !in_fewer_types || InFloat::static_event_size == Eigen::Dynamic;

}  // namespace laws

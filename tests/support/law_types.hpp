#pragma once

#include <Eigen/Core>
#include <type_traits>

namespace laws {

/// Whether a type joins the laws in float, too. All do, unless BIJOU_TESTS_IN_FEWER_TYPES is defined, as in the build
/// with sanitizers, whose instructions take long to compile: then only those do whose size is known at run time.
template <class InFloat>
inline constexpr bool joins_in_float =
#ifdef BIJOU_TESTS_IN_FEWER_TYPES
    InFloat::static_event_size == Eigen::Dynamic;
#else
    true;
#endif

}  // namespace laws

#pragma once

namespace laws {

/// Whether tests run in fewer types and at fewer points: in builds with sanitizers, whose instructions take long to
/// compile, and for an emulator, both of which run slowly.
inline constexpr bool in_fewer_types =
#ifdef BIJOU_TESTS_IN_FEWER_TYPES
    true;
#else
    false;
#endif

}  // namespace laws

#pragma once

#include <cstddef>

namespace laws {

/// Tests run in all types (0), or in one of two parts of them, which together are all: 1 in builds with sanitizers,
/// whose instructions take long to compile, and for an emulator; 2 in a build beside one of those. Tests for both
/// scalars are in float in the first part and in double in the second; laws hold for sizes known at run time in the
/// first and at compile time in the second (law_types.hpp).
inline constexpr int part_of_types =
#ifdef BIJOU_TESTS_IN_FEWER_TYPES
    BIJOU_TESTS_IN_FEWER_TYPES;
#else
    0;
#endif
static_assert(part_of_types >= 0 && part_of_types <= 2);

/// Whether they run at fewer points, too, since all runs slowly.
inline constexpr bool at_fewer_points = part_of_types == 1;

/// So many draws, or a fifth of them. For tests whose bounds follow the number of draws.
constexpr std::ptrdiff_t fewer(std::ptrdiff_t draws) { return at_fewer_points ? draws / 5 : draws; }

}  // namespace laws

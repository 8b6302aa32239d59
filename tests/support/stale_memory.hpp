#pragma once

#include <bijou/core/arena.hpp>
#include <algorithm>
#include <cstdint>

namespace laws {

/// What memory may hold from earlier use, 64 bits at a time: signalling NaNs of float and double, infinities, and
/// numbers whose squares overflow.
inline constexpr std::uint64_t stale_patterns[] = {0x7f80'0001'7f80'0001, 0x7ff0'0000'0000'0001, 0x7f80'0000'7f80'0000,
                                                   0x7ff0'0000'0000'0000, 0x7f7f'ffff'7f7f'ffff, 0x7e37'e43c'8800'759c};

/// Fills the memory of an arena, of which nothing is in use, with a pattern. It is as large as an earlier pass has made
/// it.
inline void fill_with(std::uint64_t pattern, bijou::Arena& arena) {
  const bijou::Arena::Frame frame(arena);
  const auto count = static_cast<bijou::Index>(arena.capacity() / sizeof(std::uint64_t));
  std::fill_n(arena.objects<std::uint64_t>(count), count, pattern);
}

}  // namespace laws

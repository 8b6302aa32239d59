#pragma once

#include <bijou/core/index.hpp>
#include <algorithm>
#include <cstddef>
#include <vector>

/// The entries of a gradient that a test compares with differences: all, unless BIJOU_TESTS_IN_FEWER_TYPES is defined,
/// as in builds with sanitizers or for an emulator, which run slowly: then 50, evenly spread.
inline std::vector<bijou::Index> compared_entries(bijou::Index count) {
#ifdef BIJOU_TESTS_IN_FEWER_TYPES
  const bijou::Index compared = (std::min)(count, bijou::Index{50});
#else
  const bijou::Index compared = count;
#endif
  std::vector<bijou::Index> entries(static_cast<std::size_t>(compared));
  for (bijou::Index i = 0; i < compared; ++i) entries[static_cast<std::size_t>(i)] = i * count / compared;
  return entries;
}

#pragma once

#include <bijou/core/index.hpp>
#include <algorithm>
#include <cstddef>
#include <vector>

#include "support/fewer_types.hpp"

/// The entries of a gradient that a test compares with differences: all, or at fewer points 50, evenly spread.
inline std::vector<bijou::Index> compared_entries(bijou::Index count) {
  const bijou::Index compared = laws::at_fewer_points ? (std::min)(count, bijou::Index{50}) : count;
  std::vector<bijou::Index> entries(static_cast<std::size_t>(compared));
  for (bijou::Index i = 0; i < compared; ++i) entries[static_cast<std::size_t>(i)] = i * count / compared;
  return entries;
}

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <string_view>

namespace bijou::detail {

/// Refuses an option outside its range: "caller: expected a finite momentum of at least 0, got -1".
inline void require_option(std::string_view caller, bool good, std::string_view expected, double given) {
  if (!good) throw_invalid_argument(caller, "expected ", expected, ", got ", given);
}

/// The same for a whole number that has a least value.
inline void require_at_least(std::string_view caller, std::string_view member, Index least, Index given) {
  if (given >= least) return;
  throw_invalid_argument(caller, "expected ", member, " of at least ", least, ", got ", given);
}

}  // namespace bijou::detail

#pragma once

#include <bijou/core/tile.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bijou::detail {

/// Throws std::invalid_argument("who: what"). Out of line, so that checks cost one branch.
[[noreturn]] inline void refuse(std::string_view who, const std::string& what) {
  throw std::invalid_argument(std::string(who) + ": " + what);
}

inline void require_rows(std::string_view who, Index expected, Index given) {
  if (given != expected) {
    refuse(who, "expected events of " + std::to_string(expected) + " rows, got " + std::to_string(given));
  }
}

/// An event has at least one coordinate.
inline void require_coordinates(std::string_view who, Index event_size) {
  if (event_size < 1) refuse(who, "events need at least one row, got " + std::to_string(event_size));
}

inline void require_size(std::string_view who, std::string_view of, Index expected, Index given) {
  if (given != expected) {
    refuse(who,
           "expected " + std::string(of) + " of size " + std::to_string(expected) + ", got " + std::to_string(given));
  }
}

}  // namespace bijou::detail

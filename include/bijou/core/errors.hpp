#pragma once

#include <bijou/core/index.hpp>
#include <bijou/core/raise.hpp>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bijou::detail {

/// Raises std::invalid_argument("caller: what"). Out of line, so that checks cost one branch.
[[noreturn]] inline void throw_invalid_argument(std::string_view caller, const std::string& what) {
  raise(std::invalid_argument(std::string(caller) + ": " + what));
}

inline void require_rows(std::string_view caller, Index expected, Index given) {
  if (given != expected) {
    throw_invalid_argument(caller,
                           "expected events of " + std::to_string(expected) + " rows, got " + std::to_string(given));
  }
}

/// An event has at least one coordinate.
inline void require_coordinates(std::string_view caller, Index event_size) {
  if (event_size < 1) throw_invalid_argument(caller, "events need at least one row, got " + std::to_string(event_size));
}

inline void require_size(std::string_view caller, std::string_view of, Index expected, Index given) {
  if (given != expected) {
    throw_invalid_argument(caller, "expected " + std::string(of) + " of size " + std::to_string(expected) + ", got " +
                                       std::to_string(given));
  }
}

/// A number as error messages show it.
inline std::string to_text(double x) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", x);
  return std::strcmp(buffer, "-nan") == 0 ? "nan" : buffer;
}

/// Refuses the first entry that is not good(entry): "caller: what, got 0 in coordinate 1".
template <class V, class Good>
void require_each(std::string_view caller, const std::string& what, const V& values, Good good) {
  for (Index i = 0; i < values.size(); ++i) {
    if (good(values(i))) continue;
    throw_invalid_argument(
        caller, what + ", got " + to_text(static_cast<double>(values(i))) + " in coordinate " + std::to_string(i));
  }
}

}  // namespace bijou::detail

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace bijou::detail {

// A number is infinite or NaN when its exponent bits are all ones: adding `unit`, the lowest of them, then carries into
// the sign bit. A word of 64 bits holds one double or two floats. By the bits, since -ffast-math lets a compiler take
// std::isfinite for true.
template <std::floating_point T>
inline constexpr std::uint64_t exponent = sizeof(T) == 8 ? 0x7ff0'0000'0000'0000 : 0x7f80'0000'7f80'0000;
template <std::floating_point T>
inline constexpr std::uint64_t unit = sizeof(T) == 8 ? 0x0010'0000'0000'0000 : 0x0080'0000'0080'0000;
template <std::floating_point T>
inline constexpr std::uint64_t sign = sizeof(T) == 8 ? 0x8000'0000'0000'0000 : 0x8000'0000'8000'0000;

/// Whether `size` numbers in a row are all finite.
template <std::floating_point T>
bool all_finite(const T* data, Index size) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  constexpr Index per_word = static_cast<Index>(sizeof(std::uint64_t) / sizeof(T));
  std::uint64_t carries = 0;
  Index i = 0;
  for (; i + per_word <= size; i += per_word) {
    std::uint64_t word;
    std::memcpy(&word, data + i, sizeof word);
    carries |= (word & exponent<T>)+unit<T>;
  }
  if (i < size) {  // the last float of an odd number of them
    std::uint64_t word = 0;
    std::memcpy(&word, data + i, sizeof(T));
    carries |= (word & exponent<T>)+unit<T>;
  }
  return (carries & sign<T>) == 0;
}

template <std::floating_point T>
bool finite(T x) {
  return all_finite(&x, 1);
}

/// A number as error messages show it.
inline std::string text(double x) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", x);
  return std::strcmp(buffer, "-nan") == 0 ? "nan" : buffer;
}

/// Refuses the first entry that is not good(entry): "who: what, got 0 in coordinate 1".
template <class V, class Good>
void require_each(std::string_view who, const std::string& what, const V& values, Good good) {
  for (Index i = 0; i < values.size(); ++i) {
    if (good(values(i))) continue;
    refuse(who, what + ", got " + text(static_cast<double>(values(i))) + " in coordinate " + std::to_string(i));
  }
}

}  // namespace bijou::detail

#pragma once

#include <bijou/core/index.hpp>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace bijou::detail {

// A number is infinite or NaN when its exponent bits are all ones: adding `exponent_lsb`, the lowest of them, then
// carries into the sign bit. A word of 64 bits holds one double or two floats. By the bits, since -ffast-math lets a
// compiler take std::isfinite for true.
template <std::floating_point T>
inline constexpr std::uint64_t exponent_mask = sizeof(T) == 8 ? 0x7ff0'0000'0000'0000 : 0x7f80'0000'7f80'0000;
template <std::floating_point T>
inline constexpr std::uint64_t exponent_lsb = sizeof(T) == 8 ? 0x0010'0000'0000'0000 : 0x0080'0000'0080'0000;
template <std::floating_point T>
inline constexpr std::uint64_t sign_mask = sizeof(T) == 8 ? 0x8000'0000'0000'0000 : 0x8000'0000'8000'0000;

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
    carries |= (word & exponent_mask<T>)+exponent_lsb<T>;
  }
  if (i < size) {  // the last float of an odd number of them
    std::uint64_t word = 0;
    std::memcpy(&word, data + i, sizeof(T));
    carries |= (word & exponent_mask<T>)+exponent_lsb<T>;
  }
  return (carries & sign_mask<T>) == 0;
}

template <std::floating_point T>
bool finite(T x) {
  return all_finite(&x, 1);
}

/// By the bits, as finite.
template <std::floating_point T>
bool is_nan(T x) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  Bits bits;
  std::memcpy(&bits, &x, sizeof bits);
  constexpr Bits exponent = static_cast<Bits>(exponent_mask<T>);
  return (bits & ~(Bits{1} << (8 * sizeof(T) - 1))) > exponent;
}

}  // namespace bijou::detail

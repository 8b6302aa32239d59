#pragma once

#include <bijou/numerics/packet.hpp>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace bijou::detail {

// A number is infinite or NaN when its exponent bits are all ones: adding `exponent_lsb`, the lowest of them, then
// carries into the sign bit. By the bits, since -ffast-math lets a compiler take std::isfinite for true.
template <std::floating_point T>
inline constexpr Word<T> sign_mask = Word<T>{1} << (8 * sizeof(T) - 1);
template <std::floating_point T>
inline constexpr Word<T> exponent_lsb = Word<T>{1} << (std::numeric_limits<T>::digits - 1);
template <std::floating_point T>
inline constexpr Word<T> exponent_mask = sign_mask<T> - exponent_lsb<T>;

/// Whether `size` numbers in a row are all finite.
template <std::floating_point T>
bool all_finite(const T* data, Index size) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  using Words = Bits<T>;  // vectors written out, since g++ 12 is sparing with them at -O2
  constexpr Index width = packet_size<T>;
  const auto carries_of = [data](Index at) {
    Words words;
    std::memcpy(&words, data + at, sizeof words);
    return (words & exponent_mask<T>)+exponent_lsb<T>;
  };
  Words even = {};
  Words odd = {};
  Index i = 0;
  for (; i + 4 * width <= size; i += 4 * width) {
    even |= carries_of(i) | carries_of(i + width);
    odd |= carries_of(i + 2 * width) | carries_of(i + 3 * width);
  }
  const Words together = even | odd;
  Word<T> any = 0;
  for (Index k = 0; k < width; ++k) any |= together[k];
  for (; i < size; ++i) {
    Word<T> word;
    std::memcpy(&word, data + i, sizeof word);
    any |= (word & exponent_mask<T>)+exponent_lsb<T>;
  }
  return (any & sign_mask<T>) == 0;
}

template <std::floating_point T>
bool finite(T x) {
  return (((std::bit_cast<Word<T>>(x) & exponent_mask<T>)+exponent_lsb<T>)&sign_mask<T>) == 0;
}

/// By the bits, as finite.
template <std::floating_point T>
bool is_nan(T x) {
  return (std::bit_cast<Word<T>>(x) & ~sign_mask<T>) > exponent_mask<T>;
}

}  // namespace bijou::detail

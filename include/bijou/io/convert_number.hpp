#pragma once

#include <bijou/core/errors.hpp>
#include <concepts>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

namespace bijou::detail {

/// As text: a whole number in full.
template <class T>
std::string text_of_number(T value) {
  if constexpr (std::integral<T>)
    return std::to_string(value);
  else
    return joined({value});
}

/// False if the range of T does not hold the value. Floating-point numbers are rounded.
template <class T, class From>
bool converted(From from, T& to) {
  if constexpr (std::floating_point<T>) {
    to = static_cast<T>(from);
    constexpr T infinity = std::numeric_limits<T>::infinity();
    return (to != infinity && to != -infinity) || from == static_cast<From>(to);
  } else if constexpr (std::floating_point<From>) {
    return false;  // what has fractions is no whole number
  } else {
    to = static_cast<T>(from);
    if constexpr (std::is_same_v<T, bool>)
      return from <= 1 && from >= 0;
    else
      return std::in_range<T>(from);
  }
}

}  // namespace bijou::detail

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/io/tensor.hpp>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace bijou::detail {

/// As Python's libraries name it.
constexpr std::string_view python_name(TensorType type) {
  constexpr std::string_view names[] = {"bool",   "uint8", "int8",    "uint16",   "int16",   "uint32", "int32",
                                        "uint64", "int64", "float16", "bfloat16", "float32", "float64"};
  return names[static_cast<std::size_t>(type)];
}

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

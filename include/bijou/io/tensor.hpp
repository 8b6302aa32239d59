#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// The numbers of a tensor, under the names that safetensors has for them.
enum class TensorType { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64 };

namespace detail {

struct TensorTypeName {
  TensorType type;
  std::string_view name;
  std::size_t size;
};
inline constexpr TensorTypeName tensor_types[] = {
    {TensorType::boolean, "BOOL", 1}, {TensorType::u8, "U8", 1},     {TensorType::i8, "I8", 1},
    {TensorType::u16, "U16", 2},      {TensorType::i16, "I16", 2},   {TensorType::u32, "U32", 4},
    {TensorType::i32, "I32", 4},      {TensorType::u64, "U64", 8},   {TensorType::i64, "I64", 8},
    {TensorType::f16, "F16", 2},      {TensorType::bf16, "BF16", 2}, {TensorType::f32, "F32", 4},
    {TensorType::f64, "F64", 8}};

/// A number of 16 bits as float, which holds it exactly.
inline float widened_half(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits & 0x8000u} << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1fu;
  const std::uint32_t fraction = bits & 0x3ffu;
  if (exponent == 0) {  // subnormal: fraction 2^-24
    const float size = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -size : size;
  }
  const std::uint32_t wide = exponent == 0x1f ? 0xffu : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}
inline float widened_bfloat(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

}  // namespace detail

/// The bytes that a number of this type takes.
constexpr std::size_t size_of(TensorType type) { return detail::tensor_types[static_cast<std::size_t>(type)].size; }
constexpr std::string_view name_of(TensorType type) {
  return detail::tensor_types[static_cast<std::size_t>(type)].name;
}

namespace detail {

template <class T>
constexpr TensorType find_tensor_type() {
  if constexpr (std::is_same_v<T, bool>)
    return TensorType::boolean;
  else if constexpr (std::is_same_v<T, float>)
    return TensorType::f32;
  else if constexpr (std::is_same_v<T, double>)
    return TensorType::f64;
  else
    static_assert(std::is_integral_v<T> && sizeof(T) <= 8, "not a number that files hold");
  constexpr TensorType of_size[][2] = {{TensorType::u8, TensorType::i8},
                                       {TensorType::u16, TensorType::i16},
                                       {TensorType::u32, TensorType::i32},
                                       {TensorType::u64, TensorType::i64}};
  return of_size[sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3][std::is_signed_v<T> ? 1 : 0];
}

}  // namespace detail

/// The type of a file that holds numbers of type T as they are.
template <class T>
inline constexpr TensorType tensor_type_of = detail::find_tensor_type<T>();

/// A tensor of a file: a view of numbers in a row, the last index fastest, in little-endian order; the file or what it
/// was read into keeps them. Numbers are converted to the reader's type if it can hold them: floating-point ones are
/// rounded, and one beyond the range is refused; whole ones stay what they are.
struct Tensor {
  std::string name;
  TensorType type = TensorType::f32;
  std::vector<Index> shape = {};  // none: a single number
  const unsigned char* bytes = nullptr;

  Index count() const {
    Index n = 1;
    for (const Index extent : shape) n *= extent;
    return n;
  }
  /// "64 x 2", or "a number".
  std::string shape_text() const {
    std::string text;
    for (const Index extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
    return text.empty() ? "a number" : text;
  }

  /// Calls f(i, value) for all numbers, value of the type in the file (float for 16 bits).
  template <class F>
  void for_each(F&& f) const {
    for_each(0, count(), f);
  }
  /// The same for the numbers first, ..., last - 1.
  template <class F>
  void for_each(Index first, Index last, F&& f) const {
    switch (type) {
      case TensorType::boolean:
      case TensorType::u8:
        return for_each_stored<std::uint8_t>(first, last, f);
      case TensorType::i8:
        return for_each_stored<std::int8_t>(first, last, f);
      case TensorType::u16:
        return for_each_stored<std::uint16_t>(first, last, f);
      case TensorType::i16:
        return for_each_stored<std::int16_t>(first, last, f);
      case TensorType::u32:
        return for_each_stored<std::uint32_t>(first, last, f);
      case TensorType::i32:
        return for_each_stored<std::int32_t>(first, last, f);
      case TensorType::u64:
        return for_each_stored<std::uint64_t>(first, last, f);
      case TensorType::i64:
        return for_each_stored<std::int64_t>(first, last, f);
      default:
        return for_each_floating(first, last, f);
    }
  }

  /// Writes all numbers, the last index fastest. False if T cannot hold one of them; then what is written is undefined.
  template <class T>
  bool copy_to(T* out) const {
    return copy_to(out, 0, count());
  }
  /// The same for the numbers first, ..., last - 1.
  template <class T>
  bool copy_to(T* out, Index first, Index last) const {
    if (first >= last) return true;  // out and bytes may be null
    if (type == tensor_type_of<T> && !std::is_same_v<T, bool>) {
      std::memcpy(out, bytes + static_cast<std::size_t>(first) * sizeof(T),
                  static_cast<std::size_t>(last - first) * sizeof(T));
      return true;
    }
    bool fits = true;
    if constexpr (std::is_floating_point_v<T>) {
      if (is_floating(type)) {
        for_each_floating(first, last, [&](Index i, auto value) { fits = convert(value, out[i - first]) && fits; });
        return fits;
      }
    }
    for (Index i = first; i < last; ++i) fits = convert(number(i), out[i - first]) && fits;
    return fits;
  }

 private:
  /// A number of any type but those with a fraction, which have `is_floating` set.
  struct Whole {
    bool is_floating;
    bool is_negative;
    std::uint64_t bits;  // of a std::int64_t if it is negative
  };

  static bool is_floating(TensorType type) { return type >= TensorType::f16; }

  template <class F>
  void for_each_floating(Index first, Index last, F&& f) const {
    switch (type) {
      case TensorType::f16:
        return for_each_stored<std::uint16_t>(first, last, [&](Index i, auto n) { f(i, detail::widened_half(n)); });
      case TensorType::bf16:
        return for_each_stored<std::uint16_t>(first, last, [&](Index i, auto n) { f(i, detail::widened_bfloat(n)); });
      case TensorType::f32:
        return for_each_stored<float>(first, last, f);
      default:
        return for_each_stored<double>(first, last, f);
    }
  }

  template <class Stored, class F>
  void for_each_stored(Index first, Index last, F&& f) const {
    for (Index i = first; i < last; ++i) {
      Stored value;
      std::memcpy(&value, bytes + static_cast<std::size_t>(i) * sizeof value, sizeof value);
      f(i, value);
    }
  }

  Whole number(Index i) const {
    if (is_floating(type)) return {true, false, 0};
    Whole whole{};
    for_each(i, i + 1, [&](Index, auto value) {
      if constexpr (std::is_integral_v<decltype(value)>) whole = {false, value < 0, static_cast<std::uint64_t>(value)};
    });
    return whole;
  }

  /// Floating-point numbers are rounded; infinities and NaN stay what they are.
  template <std::floating_point From, std::floating_point T>
  static bool convert(From from, T& to) {
    to = static_cast<T>(from);
    constexpr T infinity = std::numeric_limits<T>::infinity();
    return (to != infinity && to != -infinity) || from == static_cast<From>(to);
  }

  /// Whole numbers stay what they are.
  template <class T>
  static bool convert(Whole from, T& to) {
    if (from.is_floating) {
      to = T(0);
      return false;
    }
    if (from.is_negative) return convert_integer(static_cast<std::int64_t>(from.bits), to);
    return convert_integer(from.bits, to);
  }
  template <std::integral From, class T>
  static bool convert_integer(From from, T& to) {
    to = static_cast<T>(from);
    if constexpr (std::is_same_v<T, bool>) {
      return from == 0 || from == 1;
    } else if constexpr (std::is_integral_v<T>) {
      return std::in_range<T>(from);
    } else {
      constexpr T end = static_cast<T>(1ull << (std::numeric_limits<From>::digits - 1)) * 2;
      return to < end && static_cast<From>(to) == from;
    }
  }
};

static_assert(std::endian::native == std::endian::little, "the files of this library are little-endian");

}  // namespace bijou

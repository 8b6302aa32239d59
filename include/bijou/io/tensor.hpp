#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/io/byte_order.hpp>
#include <bijou/io/convert_number.hpp>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bijou {

/// The numbers of a tensor, under the names that safetensors has for them.
enum class TensorType { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64 };

namespace detail {

struct TensorTypeName {
  TensorType type;
  std::string_view name;
  std::size_t size;
  std::string_view python_name;
};
inline constexpr TensorTypeName tensor_types[] = {
    {TensorType::boolean, "BOOL", 1, "bool"},  {TensorType::u8, "U8", 1, "uint8"},
    {TensorType::i8, "I8", 1, "int8"},         {TensorType::u16, "U16", 2, "uint16"},
    {TensorType::i16, "I16", 2, "int16"},      {TensorType::u32, "U32", 4, "uint32"},
    {TensorType::i32, "I32", 4, "int32"},      {TensorType::u64, "U64", 8, "uint64"},
    {TensorType::i64, "I64", 8, "int64"},      {TensorType::f16, "F16", 2, "float16"},
    {TensorType::bf16, "BF16", 2, "bfloat16"}, {TensorType::f32, "F32", 4, "float32"},
    {TensorType::f64, "F64", 8, "float64"}};

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
/// As safetensors files write it: F32, I64.
constexpr std::string_view name_of(TensorType type) {
  return detail::tensor_types[static_cast<std::size_t>(type)].name;
}

namespace detail {

/// As Python's libraries name it.
constexpr std::string_view python_name(TensorType type) {
  return tensor_types[static_cast<std::size_t>(type)].python_name;
}

/// The type of a file that holds the numbers of a type of C++ as they are.
constexpr TensorType stored_type(bool is_bool, bool is_floating, bool is_signed, std::size_t size) {
  if (is_bool) return TensorType::boolean;
  if (is_floating) return size == sizeof(float) ? TensorType::f32 : TensorType::f64;
  switch (size) {
    case 1:
      return is_signed ? TensorType::i8 : TensorType::u8;
    case 2:
      return is_signed ? TensorType::i16 : TensorType::u16;
    case 4:
      return is_signed ? TensorType::i32 : TensorType::u32;
    default:
      return is_signed ? TensorType::i64 : TensorType::u64;
  }
}

template <class T>
constexpr TensorType find_tensor_type() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || (std::is_integral_v<T> && sizeof(T) <= 8),
                "not a number that files hold");
  return stored_type(std::is_same_v<T, bool>, std::is_floating_point_v<T>, std::is_signed_v<T>, sizeof(T));
}

/// f(T{}) for the type of C++ that has such numbers; there is none for those of 16 bits with fractions.
template <class F>
auto with_number_type(TensorType type, F&& f) {
  switch (type) {
    case TensorType::boolean:
      return f(bool{});
    case TensorType::i8:
      return f(std::int8_t{});
    case TensorType::u8:
      return f(std::uint8_t{});
    case TensorType::i16:
      return f(std::int16_t{});
    case TensorType::u16:
      return f(std::uint16_t{});
    case TensorType::i32:
      return f(std::int32_t{});
    case TensorType::u32:
      return f(std::uint32_t{});
    case TensorType::i64:
      return f(std::int64_t{});
    case TensorType::u64:
      return f(std::uint64_t{});
    case TensorType::f32:
      return f(float{});
    default:
      return f(double{});
  }
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
  /// The type of the numbers.
  TensorType type = TensorType::f32;
  std::vector<Index> shape = {};  // none: a single number
  /// The numbers in row-major order, little-endian; not owned.
  const unsigned char* bytes = nullptr;

  /// How many numbers there are.
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
    if (type == TensorType::f16)
      for_each_stored<std::uint16_t>(first, last, [&](Index i, auto n) { f(i, detail::widened_half(n)); });
    else if (type == TensorType::bf16)
      for_each_stored<std::uint16_t>(first, last, [&](Index i, auto n) { f(i, detail::widened_bfloat(n)); });
    else
      detail::with_number_type(type, [&]<class N>(N) {
        using Stored = std::conditional_t<std::is_same_v<N, bool>, std::uint8_t, N>;  // of a file, any byte
        for_each_stored<Stored>(first, last, f);
      });
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
    if (detail::is_little_endian && type == tensor_type_of<T> && !std::is_same_v<T, bool>) {
      std::memcpy(out, bytes + static_cast<std::size_t>(first) * sizeof(T),
                  static_cast<std::size_t>(last - first) * sizeof(T));
      return true;
    }
    bool fits = true;
    for_each(first, last, [&](Index i, auto value) { fits = holds(value, out[i - first]) && fits; });
    return fits;
  }

 private:
  template <class Stored, class F>
  void for_each_stored(Index first, Index last, F&& f) const {
    for (Index i = first; i < last; ++i) {
      f(i, detail::little_endian_number<Stored>(bytes + static_cast<std::size_t>(i) * sizeof(Stored)));
    }
  }

  /// Numbers are converted, and whole ones stay what they are.
  template <class From, class T>
  static bool holds(From from, T& to) {
    if (!detail::converted(from, to)) return false;
    if constexpr (std::is_integral_v<From> && std::is_floating_point_v<T>) {
      constexpr T end = static_cast<T>(1ull << (std::numeric_limits<From>::digits - 1)) * 2;
      return to < end && static_cast<From>(to) == from;
    } else {
      return true;
    }
  }
};

}  // namespace bijou

#pragma once

#include <bijou/core/object_visitor.hpp>
#include <bijou/io/tensor.hpp>
#include <cstdint>
#include <string>

/// The members of an object as tensors of a file.
namespace bijou::detail {

/// The type of a file that holds the numbers of a member as they are.
inline TensorType tensor_type(const MemberNumbers& numbers) {
  if (numbers.is_bool) return TensorType::boolean;
  if (numbers.is_floating) return numbers.size_of_one == sizeof(float) ? TensorType::f32 : TensorType::f64;
  switch (numbers.size_of_one) {
    case 1:
      return numbers.is_signed ? TensorType::i8 : TensorType::u8;
    case 2:
      return numbers.is_signed ? TensorType::i16 : TensorType::u16;
    case 4:
      return numbers.is_signed ? TensorType::i32 : TensorType::u32;
    default:
      return numbers.is_signed ? TensorType::i64 : TensorType::u64;
  }
}

/// f(T{}) for the type T of the numbers of a member.
template <class F>
auto with_number_type(const MemberNumbers& numbers, F&& f) {
  switch (tensor_type(numbers)) {
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

/// A view of the numbers of a member.
inline Tensor tensor_of(const MemberNumbers& numbers, std::string name) {
  return {std::move(name), tensor_type(numbers), numbers.shape, static_cast<const unsigned char*>(numbers.data)};
}

}  // namespace bijou::detail

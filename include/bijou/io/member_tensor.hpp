#pragma once

#include <bijou/core/object_visitor.hpp>
#include <bijou/io/tensor.hpp>
#include <string>
#include <utility>

/// The members of an object as tensors of a file.
namespace bijou::detail {

/// The type of a file that holds the numbers of a member as they are.
inline TensorType tensor_type(const MemberNumbers& numbers) {
  return stored_type(numbers.is_bool, numbers.is_floating, numbers.is_signed, numbers.size_of_one);
}

/// f(T{}) for the type T of the numbers of a member.
template <class F>
auto with_number_type(const MemberNumbers& numbers, F&& f) {
  return with_number_type(tensor_type(numbers), f);
}

/// A view of the numbers of a member.
inline Tensor tensor_of(const MemberNumbers& numbers, std::string name) {
  return {std::move(name), tensor_type(numbers), numbers.shape, static_cast<const unsigned char*>(numbers.data)};
}

}  // namespace bijou::detail

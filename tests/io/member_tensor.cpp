#include <bijou/io/member_tensor.hpp>
#include <cstdint>

#include "support/catch.hpp"

using namespace bijou;

namespace {

enum class Choice : std::uint16_t { first, second };

template <class Value>
TensorType type_of(Value value) {
  const detail::MemberNumbers numbers = detail::numbers_of<detail::AnyValue>(value, detail::MemberRole::state);
  detail::with_number_type(numbers, [&]<class T>(T) { CHECK(tensor_type_of<T> == detail::tensor_type(numbers)); });
  return detail::tensor_of(numbers, "x").type;
}

}  // namespace

TEST_CASE("the numbers of members are tensors of their own type", "[io]") {
  CHECK(type_of(true) == TensorType::boolean);
  CHECK(type_of(1.0f) == TensorType::f32);
  CHECK(type_of(1.0) == TensorType::f64);
  CHECK(type_of(std::int8_t{1}) == TensorType::i8);
  CHECK(type_of(std::uint8_t{1}) == TensorType::u8);
  CHECK(type_of(std::int16_t{1}) == TensorType::i16);
  CHECK(type_of(std::uint16_t{1}) == TensorType::u16);
  CHECK(type_of(1) == TensorType::i32);
  CHECK(type_of(1u) == TensorType::u32);
  CHECK(type_of(Index{1}) == TensorType::i64);
  CHECK(type_of(std::uint64_t{1}) == TensorType::u64);
  CHECK(type_of(Choice::second) == TensorType::u16);
  Eigen::MatrixXd matrix(2, 3);
  const Tensor tensor = detail::tensor_of(detail::numbers_of<Finite>(matrix, detail::MemberRole::parameter), "matrix");
  CHECK(tensor.name == "matrix");
  CHECK(tensor.shape == std::vector<Index>{2, 3});
  CHECK(tensor.bytes == reinterpret_cast<const unsigned char*>(matrix.data()));
}

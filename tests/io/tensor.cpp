#include <bijou/io/tensor.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class Stored>
Tensor tensor_with(TensorType type, const std::vector<Stored>& numbers) {
  return {"x", type, {static_cast<Index>(numbers.size())}, reinterpret_cast<const unsigned char*>(numbers.data())};
}

/// Whether T holds the number, and what comes of it.
template <class T, class Stored>
std::pair<bool, T> read(TensorType type, Stored number) {
  const std::vector<Stored> numbers{number};
  T out{};
  const bool fits = tensor_with(type, numbers).copy_to(&out);
  return {fits, out};
}

template <class T, class Stored>
bool holds(Stored number) {
  const auto [fits, out] = read<T>(tensor_type_of<Stored>, number);
  return fits && out == static_cast<T>(number);
}

}  // namespace

TEST_CASE("a Tensor says its shape", "[io]") {
  CHECK(Tensor{"x", TensorType::f32, {64, 2}}.shape_text() == "64 x 2");
  CHECK(Tensor{"x"}.shape_text() == "a number");
  CHECK(Tensor{"x"}.count() == 1);
  CHECK(Tensor{"x", TensorType::f32, {3, 0}}.count() == 0);
  CHECK(name_of(TensorType::bf16) == "BF16");
  CHECK(size_of(TensorType::i16) == 2);
  CHECK(detail::python_name(TensorType::boolean) == "bool");
  CHECK(detail::python_name(TensorType::i16) == "int16");
  CHECK(detail::python_name(TensorType::u64) == "uint64");
  CHECK(detail::python_name(TensorType::bf16) == "bfloat16");
  CHECK(detail::python_name(TensorType::f64) == "float64");
}

TEST_CASE("numbers of a Tensor that another type holds are converted", "[io]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(holds<double>(0.1f));
  CHECK(holds<float>(0.1));  // rounded
  CHECK(holds<float>(infinity));
  CHECK(std::isnan(read<float>(TensorType::f64, std::nan("")).second));
  CHECK_FALSE(holds<float>(1e39));
  CHECK_FALSE(holds<float>(-1e39));
  CHECK(holds<float>(1 << 24));
  CHECK_FALSE(read<float>(TensorType::i32, (1 << 24) + 1).first);
  CHECK_FALSE(read<float>(TensorType::i64, (std::numeric_limits<std::int64_t>::max)()).first);
  CHECK(read<float>(TensorType::i64, (std::numeric_limits<std::int64_t>::min)()).first);
  CHECK_FALSE(read<double>(TensorType::u64, (std::numeric_limits<std::uint64_t>::max)()).first);
  CHECK(holds<int>(std::int64_t{-5}));
  CHECK_FALSE(holds<int>(std::int64_t{1} << 40));
  CHECK_FALSE(holds<unsigned>(-1));
  CHECK_FALSE(holds<std::int64_t>((std::numeric_limits<std::uint64_t>::max)()));
  CHECK(holds<std::uint64_t>((std::numeric_limits<std::uint64_t>::max)()));
  CHECK_FALSE(read<int>(TensorType::f32, 1.0f).first);
  CHECK(read<bool>(TensorType::u8, std::uint8_t{1}) == std::pair(true, true));
  CHECK_FALSE(read<bool>(TensorType::boolean, std::uint8_t{2}).first);
  CHECK(read<float>(TensorType::f16, std::uint16_t{0xc100}) == std::pair(true, -2.5f));
  CHECK(read<double>(TensorType::f16, std::uint16_t{0x0001}) == std::pair(true, 0x1p-24));
  CHECK(read<float>(TensorType::f16, std::uint16_t{0xfc00}).second == -std::numeric_limits<float>::infinity());
  CHECK(read<float>(TensorType::bf16, std::uint16_t{0xc020}) == std::pair(true, -2.5f));
  CHECK_FALSE(read<int>(TensorType::bf16, std::uint16_t{0xc020}).first);
}

TEST_CASE("some of the numbers of a Tensor", "[io]") {
  const std::vector<std::int16_t> numbers{1, -2, 3};
  const Tensor tensor = tensor_with(TensorType::i16, numbers);
  float some[2];
  REQUIRE(tensor.copy_to(some, 1, 3));
  CHECK(some[0] == -2);
  CHECK(some[1] == 3);
  int sum = 0;
  tensor.for_each([&](Index i, auto value) { sum += static_cast<int>(i) * static_cast<int>(value); });
  CHECK(sum == 4);
}

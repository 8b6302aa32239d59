#include <bijou/numerics/packet.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class T>
using Limits = std::numeric_limits<T>;

template <class T>
std::vector<T> lanes(Simd<T> pack) {
  std::vector<T> values(static_cast<std::size_t>(detail::packet_size<T>));
  detail::store(values.data(), pack.value);
  return values;
}

// 1, 2, 3, ... in the lanes.
template <class T>
Simd<T> counted() {
  std::vector<T> values(static_cast<std::size_t>(detail::packet_size<T>));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i + 1);
  return Simd<T>(detail::load(values.data()));
}

}  // namespace

TEMPLATE_TEST_CASE("operators work lane by lane", "[simd]", float, double) {
  using T = TestType;
  const Simd<T> a = counted<T>();
  const Simd<T> b = Simd<T>::of(2.5);
  for (std::size_t i = 0; i < lanes(a).size(); ++i) {
    const T x = static_cast<T>(i + 1);
    const T y = T(2.5);
    CHECK(lanes(a + b)[i] == x + y);
    CHECK(lanes(a - b)[i] == x - y);
    CHECK(lanes(a * b)[i] == x * y);
    CHECK(lanes(a / b)[i] == x / y);
    CHECK(lanes(-a)[i] == -x);
    CHECK(lanes(multiply_add(a, b, a))[i] == x * y + x);  // exact in either rounding
    CHECK(lanes(maximum(a, b))[i] == std::max(x, y));
    CHECK(lanes(minimum(a, b))[i] == std::min(x, y));
    CHECK(lanes(abs(b - a))[i] == std::abs(y - x));
    CHECK(lanes(a + T(1))[i] == x + T(1));  // a scalar is a packet of equal values
  }
  CHECK(lanes(Simd<T>::of(0.1))[0] == static_cast<T>(0.1));
  CHECK(lanes(Simd<T>::of(0.1f))[0] == static_cast<T>(0.1f));
  CHECK(lanes(Simd<T>::of(3))[0] == T(3));
}

TEMPLATE_TEST_CASE("comparisons choose between two packets", "[simd]", float, double) {
  using T = TestType;
  const Simd<T> a = counted<T>();
  const Simd<T> yes = Simd<T>::of(10);
  const Simd<T> no = Simd<T>::of(-10);
  for (std::size_t i = 0; i < lanes(a).size(); ++i) {
    const T x = static_cast<T>(i + 1);
    CHECK(lanes(select(a < Simd<T>::of(2), yes, no))[i] == (x < T(2) ? T(10) : T(-10)));
    CHECK(lanes(select(a > Simd<T>::of(2), yes, no))[i] == (x > T(2) ? T(10) : T(-10)));
  }
  const Simd<T> nan = Simd<T>(Limits<T>::quiet_NaN());
  CHECK(lanes(select(nan < yes, yes, no))[0] == T(-10));
  CHECK(lanes(select(nan > yes, yes, no))[0] == T(-10));
  CHECK(lanes(select(yes < no, nan, yes))[0] == T(10));  // what is not chosen does not matter
}

TEMPLATE_TEST_CASE("maximum and minimum keep a NaN of their first operand", "[packet]", float, double) {
  using T = TestType;
  const Simd<T> nan = Limits<T>::quiet_NaN();
  CHECK(std::isnan(lanes(maximum(nan, Simd<T>::of(1)))[0]));
  CHECK(std::isnan(lanes(minimum(nan, Simd<T>::of(1)))[0]));
}

TEMPLATE_TEST_CASE("bits come and go unchanged", "[packet]", float, double) {
  using T = TestType;
  const detail::Bits<T> bits = detail::to_bits(Simd<T>::of(-2));
  CHECK(bits[0] == std::bit_cast<detail::Word<T>>(T(-2)));
  CHECK(lanes(detail::from_bits<T>(bits))[0] == T(-2));
  CHECK(lanes(detail::opaque(counted<T>())) == lanes(counted<T>()));
}

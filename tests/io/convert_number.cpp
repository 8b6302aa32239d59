#include <bijou/io/convert_number.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

using bijou::detail::converted;

namespace {

template <class T, class From>
bool fits(From from, T expected) {
  T to;
  return converted(from, to) && to == expected;
}

template <class T, class From>
bool is_refused(From from) {
  T to;
  return !converted(from, to);
}

}  // namespace

TEST_CASE("numbers are rounded, and refused beyond the range", "[io]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(fits<float>(0.1, 0.1f));
  CHECK(fits<float>(infinity, std::numeric_limits<float>::infinity()));
  CHECK(fits<double>(-std::numeric_limits<float>::infinity(), -infinity));
  CHECK(is_refused<float>(1e300));
  CHECK(is_refused<float>(-1e300));
  float nan = 0;
  CHECK(converted(std::numeric_limits<double>::quiet_NaN(), nan));
  CHECK(std::isnan(nan));
  CHECK(fits<float>((std::numeric_limits<std::uint64_t>::max)(), 0x1p64f));
  CHECK(fits<double>((std::numeric_limits<std::int64_t>::max)(), 0x1p63));
  CHECK(fits<double>((std::int64_t{1} << 53) + 1, 0x1p53));
}

TEST_CASE("whole numbers stay what they are", "[io]") {
  CHECK(fits<std::int8_t>(std::int64_t{-128}, std::int8_t{-128}));
  CHECK(is_refused<std::int8_t>(std::int64_t{128}));
  CHECK(is_refused<std::uint32_t>(std::int8_t{-1}));
  CHECK(is_refused<std::int64_t>(std::uint64_t{1} << 63));
  CHECK(fits<bool>(std::uint8_t{1}, true));
  CHECK(is_refused<bool>(std::int16_t{2}));
  CHECK(is_refused<bool>(std::int16_t{-1}));
  CHECK(is_refused<int>(1.0));
}

TEST_CASE("numbers as text", "[io]") {
  CHECK(bijou::detail::text_of_number((std::numeric_limits<std::uint64_t>::max)()) == "18446744073709551615");
  CHECK(bijou::detail::text_of_number(std::int8_t{-5}) == "-5");
  CHECK(bijou::detail::text_of_number(1e300) == "1e+300");
}

#include <bijou/io/csv_number.hpp>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "support/catch.hpp"

using bijou::detail::NumberError;
using bijou::detail::parse_number;

namespace {

template <class T = double>
T value_of(std::string_view text) {
  T value{};
  CHECK(parse_number(text, value) == NumberError::none);
  return value;
}

template <class T = double>
NumberError error_of(std::string_view text) {
  T value{};
  return parse_number(text, value);
}

}  // namespace

TEST_CASE("a field is a number as a whole", "[io]") {
  CHECK(value_of(" \t+1.5e3 ") == 1500);
  CHECK(value_of("-.5") == -0.5);
  CHECK(value_of("inf") == std::numeric_limits<double>::infinity());
  CHECK(value_of("-inf") == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(value_of("nan")));
  CHECK(value_of<float>("0.1") == 0.1f);
  // Rounded once: by way of double it would be 1.
  CHECK(value_of<float>("1.00000005960464477540") == 1.00000012f);
  for (const char* text : {"", " ", "+", "-", "+-1", "1 2", "1,5", "0x10", "x", "1e", "1e5x"})
    CHECK(error_of(text) == NumberError::no_number);
  CHECK(error_of("1e999") == NumberError::out_of_range);
  CHECK(error_of<float>("1e39") == NumberError::out_of_range);
  CHECK(error_of("-0.1e+310") == NumberError::out_of_range);
  CHECK(error_of("1" + std::string(310, '0')) == NumberError::out_of_range);
  CHECK(error_of("0.001e99999999999999999999") == NumberError::out_of_range);
}

TEST_CASE("a number too small for its type is 0", "[io]") {
  const std::string zeros(400, '0');
  for (const std::string& text : {std::string("1e-400"), "0." + zeros + "1", "1" + zeros + "e-800",
                                  std::string("9.9E-99999999999999999999"), "0." + zeros + "1e+10"}) {
    INFO(text);
    CHECK(value_of(text) == 0);
    CHECK_FALSE(std::signbit(value_of(text)));
    CHECK(std::signbit(value_of("-" + text)));
  }
  CHECK(value_of<float>("1e-50") == 0);
  CHECK(value_of<float>("1e-40") == 1e-40f);
  CHECK(value_of("5e-324") == std::numeric_limits<double>::denorm_min());
}

TEST_CASE("digits give the same number back", "[io]") {
  std::mt19937_64 rng{0};
  char digits[32];
  for (int i = 0; i < 10'000; ++i) {
    const auto x = std::bit_cast<double>(rng());
    const auto y = std::bit_cast<float>(static_cast<std::uint32_t>(rng()));
    if (std::isfinite(x)) CHECK(value_of<double>(bijou::detail::shortest_digits(x, digits)) == x);
    if (std::isfinite(y)) CHECK(value_of<float>(bijou::detail::shortest_digits(y, digits)) == y);
  }
  CHECK(bijou::detail::shortest_digits(0.1f, digits) == "0.1");
  CHECK(bijou::detail::shortest_digits(-0.0, digits) == "-0");
}

#pragma once

#include <bijou/core/language.hpp>
#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace bijou::detail {

enum class NumberError { none, no_number, out_of_range };

/// Whether a number in digits that is out of range is so near 0, rather than far from it.
inline bool is_near_zero(std::string_view text) {
  const std::size_t exponent = (std::min)(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, exponent);
  const auto point = static_cast<double>((std::min)(digits.find('.'), digits.size()));
  const auto first = static_cast<double>((std::min)(digits.find_first_of("123456789"), digits.size()));
  double power = 0;
  if (exponent < text.size()) {
    const std::size_t sign = text[exponent + 1] == '+' ? 1 : 0;
    std::from_chars(text.data() + exponent + 1 + sign, text.data() + text.size(), power);
  }
  return power + (point - first) < 0;
}

/// A number that takes all of the text but blanks around it and a plus before it. nan and inf are numbers; one that is
/// nearer to 0 than any of T is 0.
template <std::floating_point T>
NumberError parse_number(std::string_view text, T& number) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::invalid_argument || stop != end) return NumberError::no_number;
  if (error == std::errc{}) return NumberError::none;
  if (!is_near_zero(text)) return NumberError::out_of_range;
  number = text[0] == '-' ? -T(0) : T(0);
  return NumberError::none;
}

/// As few digits as give the same number back.
template <std::floating_point T>
std::string_view shortest_digits(T number, char (&digits)[32]) {
  return {digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)};
}

}  // namespace bijou::detail

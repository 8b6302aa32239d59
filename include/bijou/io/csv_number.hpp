#pragma once

#include <bijou/core/language.hpp>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace bijou::detail {

enum class NumberError { none, no_number, out_of_range };

/// A number that takes all of the text but blanks around it and a plus before it. nan and inf are numbers.
template <std::floating_point T>
NumberError parse_number(std::string_view text, T& number) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::invalid_argument || stop != end) return NumberError::no_number;
  return error == std::errc{} ? NumberError::none : NumberError::out_of_range;
}

/// As few digits as give the same number back.
template <std::floating_point T>
std::string_view shortest_digits(T number, char (&digits)[32]) {
  return {digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)};
}

}  // namespace bijou::detail

#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>

enum class NumberError { none, no_number, out_of_range, not_finite };

struct ParsedNumber {
  double value = 0;
  NumberError error = NumberError::none;
};

/// A number that takes all of the text but blanks around it and a plus before it.
inline ParsedNumber parse_number(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  ParsedNumber number;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number.value);
  if (error == std::errc::invalid_argument || stop != end)
    number.error = NumberError::no_number;
  else if (error != std::errc{})
    number.error = NumberError::out_of_range;
  else if (!std::isfinite(number.value))
    number.error = NumberError::not_finite;
  return number;
}

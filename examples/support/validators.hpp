#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

/// Refuses what is not a number from `low` to `high`, NaN and numbers too large for T among it.
template <class T>
CLI::Validator number(T low, T high) {
  std::ostringstream range;
  range << low << " to " << high;
  const std::string kind = std::is_integral_v<T> ? "a whole number" : "a number";
  const auto check = [=, text = range.str()](std::string& input) {
    std::istringstream in(input);
    T value{};
    if (in >> value && in.peek() == std::istringstream::traits_type::eof() && value >= low && value <= high) {
      return std::string();
    }
    return "expected " + kind + " from " + text + ", got " + (input.empty() ? "nothing" : input);
  };
  return CLI::Validator(check, range.str(), "");
}

inline CLI::Validator one_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : "|") + name;
  const auto check = [=](std::string& input) {
    if (std::find(names.begin(), names.end(), input) != names.end()) return std::string();
    return "expected " + list + ", got " + (input.empty() ? "nothing" : input);
  };
  return CLI::Validator(check, list, "");
}

#pragma once

#include <CLI/CLI.hpp>
#include <limits>
#include <sstream>
#include <string>

/// Refuses what is not a number from `low` to `high`. CLI::Range, which is for whole numbers here, lets NaN pass and
/// says of a bound of 1e-9 that it is 0.000000, in the CLI11 of Debian 12.
inline CLI::Validator number(double low, double high) {
  std::ostringstream range;
  range << low << " to " << high;
  const auto check = [=, text = range.str()](const std::string& input) {
    double value = std::numeric_limits<double>::quiet_NaN();
    const bool is_number = CLI::detail::lexical_cast(input, value);
    return is_number && value >= low && value <= high ? "" : "expected a number from " + text + ", got " + input;
  };
  return CLI::Validator(check, range.str(), "");
}

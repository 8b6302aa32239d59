#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/io/csv_number.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bijou::detail {

/// Refuses names that read_csv would not read as such: two of the same, or nothing but numbers.
inline void require_csv_names(std::string_view caller, const std::vector<std::string>& names) {
  if (names.empty()) throw_invalid_argument(caller, "expected at least one column");
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) throw_invalid_argument(caller, "two columns are named ", *twice);
  double number;
  if (std::none_of(names.begin(), names.end(),
                   [&](const std::string& name) { return parse_number(name, number) == NumberError::no_number; })) {
    throw_invalid_argument(caller, "the names of the columns are numbers, expected one that is none");
  }
}

/// A line of names, quoted where they need it.
inline void append_csv_names(std::string& text, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (&name != &names.front()) text += ',';
    const bool is_plain = !name.empty() && name.front() != ' ' && name.back() != ' ' &&
                          name.find_first_of(",;\t\"\r\n") == std::string::npos;
    if (!is_plain) text += '"';
    for (const char c : name) text.append(c == '"' ? 2 : 1, c);
    if (!is_plain) text += '"';
  }
  text += '\n';
}

/// A line of the numbers get(0), get(1), ..., with as many digits as it takes to read the same ones back.
template <class Get>
void append_csv_row(std::string& text, Index columns, Get get) {
  char digits[32];
  for (Index i = 0; i < columns; ++i) {
    if (i > 0) text += ',';
    text += shortest_digits(get(i), digits);
  }
  text += '\n';
}

}  // namespace bijou::detail

#include <bijou/io/csv.hpp>

#include "support/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::reads([&] {
    const auto table = bijou::parse_csv<double>(text);
    fuzz::require(table.columns() > 0 && table.rows() > 0);
    fuzz::require(table.names.size() == static_cast<std::size_t>(table.columns()));
    fuzz::require(table.lines.size() == static_cast<std::size_t>(table.rows()));
    // float has a smaller range.
    bijou::Table<float> rounded;
    if (fuzz::reads([&] { rounded = bijou::parse_csv<float>(text); })) {
      fuzz::require(rounded.names == table.names && rounded.lines == table.lines);
    }
  });
  fuzz::reads([&] { bijou::parse_csv<double>(text, {.separator = ';'}); });
  return 0;
}

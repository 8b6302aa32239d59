#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "table.hpp"

/// A CSV file: fields may be quoted, lines end with LF, CRLF or CR. A first line with a field that is no number is the
/// header. separator: 0 takes the one of comma, semicolon and tab that is most frequent in the first line. Throws
/// InputError with file, line and column.
Table read_csv(const std::filesystem::path& path, char separator);

/// A header line, then one line for each column of values, with digits enough to read the same numbers back.
void write_csv(const std::filesystem::path& path, const std::vector<std::string>& names, const Eigen::MatrixXd& values);

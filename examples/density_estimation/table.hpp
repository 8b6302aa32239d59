#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Finite numbers in named columns.
struct Table {
  std::string source;              // the file, for messages
  std::vector<std::string> names;  // c0, c1, ... if the file has none
  bool has_names = false;          // whether the file has them
  Eigen::MatrixXd values;          // one column for each row of the table, as in bijou
  std::vector<std::size_t> lines;  // of the rows in the file; empty where there are no lines

  Eigen::Index rows() const { return values.cols(); }
  Eigen::Index columns() const { return values.rows(); }

  /// The place of a row in the file: `rows.csv, line 3` or `rows.npy, row 1`, the first row being 0.
  std::string place(Eigen::Index row) const;
  /// The number of the column of this name.
  std::optional<Eigen::Index> find(const std::string& name) const;
};

/// c0, c1, ...
std::vector<std::string> default_names(Eigen::Index count);

/// Reads a .npy file by its extension, else a CSV file. separator: of a CSV file, 0: found in its first line. Throws
/// InputError for what is no table of finite numbers.
Table read_table(const std::filesystem::path& path, char separator);

/// Writes a .npy file by the extension, else a CSV file. Throws std::runtime_error if that fails.
void write_table(const std::filesystem::path& path, const std::vector<std::string>& names,
                 const Eigen::MatrixXd& values);

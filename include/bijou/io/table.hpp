#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

/// Numbers in named columns, from a file. Events are columns of `values`, as everywhere in bijou: a row of the table, a
/// line of its file, is a column of the matrix, and a column of the table a row.
///
/// @code{.cpp}
/// #include <bijou/io/table.hpp>
///
/// int main() {
///   const bijou::Table<double> table("made here", Eigen::MatrixXd::Zero(2, 100));
///   std::printf("%s\n", table.names[1].c_str());     // c1
///   std::printf("%s\n", table.place(3).c_str());     // made here, row 3
///   return table.find("c2").has_value() ? 1 : 0;     // no such column
/// }
/// @endcode
template <class T>
struct Table {
  std::string source;              // the file, for messages
  std::vector<std::string> names;  // of the columns: c0, c1, ... if the file has none
  bool has_names = false;          // whether the file has them
  /// The numbers: one column for each row of the file.
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> values;
  std::vector<std::size_t> lines;  // of the rows in the file, from 1; empty where there are no lines

  Table() = default;
  /// A table without names of its own.
  Table(std::string source_name, Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> numbers)
      : source(std::move(source_name)), values(std::move(numbers)) {
    for (Index i = 0; i < columns(); ++i) names.push_back(default_name(i));
  }

  /// The name of a column in a file without names, from c0 on.
  static std::string default_name(Index column) { return detail::joined({"c", column}); }

  /// Rows of the file: events.
  Index rows() const { return values.cols(); }
  /// Columns of the file: coordinates.
  Index columns() const { return values.rows(); }

  /// The place of a row in the file, `rows.csv, line 3` or `rows.npy, row 1`, the first row being 0.
  std::string place(Index row) const {
    if (lines.empty()) return detail::joined({source, ", row ", row});
    return detail::joined({source, ", line ", lines[static_cast<std::size_t>(row)]});
  }

  /// The number of the column of this name.
  std::optional<Index> find(std::string_view name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return found - names.begin();
  }
};

}  // namespace bijou

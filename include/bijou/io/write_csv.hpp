#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/io/atomic_file.hpp>
#include <bijou/io/csv_line.hpp>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace bijou {

/// Writes a CSV file line by line: a header, then numbers between commas, with as many digits as it takes to read the
/// same ones back. Names are quoted where they need it. Throws std::invalid_argument for names that read_csv (csv.hpp)
/// would not read as such: two of the same, or nothing but numbers; and for a row of another length. Throws FileError
/// if the file cannot be written; without `commit` nothing is left.
///
/// @code{.cpp}
/// #include <bijou/io/write_csv.hpp>
///
/// int main() {
///   bijou::CsvWriter file("loss.csv", {"epoch", "loss"});
///   for (int epoch = 1; epoch <= 3; ++epoch) file.row(Eigen::Vector2d(epoch, 1.0 / epoch));
///   file.commit();
///
///   const Eigen::Matrix2Xf events = Eigen::Matrix2Xf::Zero(2, 100);
///   bijou::write_csv("events.csv", {"x", "y"}, events);
/// }
/// @endcode
class CsvWriter {
 public:
  CsvWriter(std::filesystem::path path, const std::vector<std::string>& names)
      : file_(std::move(path)), columns_(static_cast<Index>(names.size())) {
    detail::require_csv_names("CsvWriter", names);
    detail::append_csv_names(text_, names);
  }

  /// Writes one row. Throws std::invalid_argument for another number of fields than columns.
  template <class Derived>
  void row(const Eigen::DenseBase<Derived>& numbers) {
    if (numbers.size() != columns_)
      detail::throw_invalid_argument("CsvWriter", "expected a row of ", columns_, " numbers, got ", numbers.size());
    detail::append_csv_row(text_, columns_, [&](Index i) { return numbers.derived().coeff(i); });
    if (text_.size() >= std::size_t{1} << 16) flush();
  }

  /// Puts the file in its place; without it nothing is left.
  void commit() {
    flush();
    file_.commit();
  }

 private:
  void flush() {
    file_.write(text_.data(), text_.size());
    text_.clear();
  }

  AtomicFile file_;
  Index columns_;
  std::string text_;  // not written yet
};

/// Writes a CSV file (CsvWriter) with a line for each column of the matrix: events are columns.
template <class Derived>
void write_csv(const std::filesystem::path& path, const std::vector<std::string>& names,
               const Eigen::DenseBase<Derived>& values) {
  if (values.rows() != static_cast<Index>(names.size()))
    detail::throw_invalid_argument("write_csv", "expected events of ", names.size(), " rows, one for each name, got ",
                                   values.rows());
  CsvWriter file(path, names);
  const auto& numbers = values.derived();
  for (Index n = 0; n < values.cols(); ++n) file.row(numbers.col(n));
  file.commit();
}

}  // namespace bijou

#pragma once

#include "grid.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

/// A CSV file with a header line; numbers are written with 7 significant digits.
class CsvFile {
 public:
  CsvFile(const std::filesystem::path& path, const std::string& header) : path_(path), file_(path) {
    file_.precision(7);
    file_ << header << '\n';
  }

  void row(auto first, auto... rest) {
    file_ << first;
    ((file_ << ',' << rest), ...);
    file_ << '\n';
  }

  /// Throws if anything could not be written.
  void close() {
    file_.close();
    if (!file_) throw std::runtime_error("cannot write " + path_.string());
  }

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

inline void write_points(const std::filesystem::path& path, const Eigen::Matrix2Xf& points) {
  CsvFile file(path, "x,y");
  for (Eigen::Index i = 0; i < points.cols(); ++i) file.row(points(0, i), points(1, i));
  file.close();
}

template <class Flow>
void write_density(const std::filesystem::path& path, const Flow& flow, const Grid& grid) {
  CsvFile file(path, "x,y,density");
  for_each_row_of_density(flow, grid, [&](Eigen::Index j, const Eigen::VectorXd& density) {
    for (Eigen::Index i = 0; i < grid.cells; ++i) file.row(grid.x(i), grid.y(j), density(i));
  });
  file.close();
}

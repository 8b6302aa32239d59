#pragma once

#include <Eigen/Core>
#include <filesystem>

/// A file that tests/io/data/make.py has made.
inline std::filesystem::path data_file(const char* name) { return std::filesystem::path(BIJOU_TEST_DATA) / name; }

/// The events of those files, one in each column.
inline Eigen::MatrixXd data_events() {
  Eigen::MatrixXd events(3, 2);
  events << 0.5, 3, -1, 4.25, 2, -5.5;
  return events;
}

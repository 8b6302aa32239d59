#pragma once

#include <filesystem>

#include "table.hpp"

/// A two-dimensional array as numpy.save writes it, one row of the table for each row of the array: versions 1, 2 and 3
/// of the format, C or Fortran order, float32, float64 and the integers, little-endian. Throws InputError for anything
/// else.
Table read_npy(const std::filesystem::path& path);

/// Version 1, float64, C order.
void write_npy(const std::filesystem::path& path, const Eigen::MatrixXd& values);

#pragma once

#include <bijou/io/table.hpp>
#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

using Table = bijou::Table<double>;

/// Reads a .npy file by its extension, else a CSV file. separator: of a CSV file, 0: found in its first line. Throws
/// InputError for what is no table of finite numbers.
Table read_table(const std::filesystem::path& path, char separator);

/// Writes a .npy file by the extension, else a CSV file. Throws bijou::FileError if that fails.
void write_table(const std::filesystem::path& path, const std::vector<std::string>& names,
                 const Eigen::MatrixXd& values);

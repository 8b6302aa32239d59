#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "training.hpp"

/// The names of the files in the folder that the program draws from.
std::vector<std::string> picture_files();

/// Writes the files of two pictures into the folder, corner and loss, and draws them. Data and
/// samples: one column for each row, one row for each name. False if there is no gnuplot; throws std::runtime_error if
/// it fails.
bool draw_pictures(const std::filesystem::path& folder, const std::vector<std::string>& names,
                   const Eigen::MatrixXd& data, const Eigen::MatrixXd& samples, const Losses& losses);

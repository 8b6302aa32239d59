#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// Writes the gnuplot scripts into the folder of the CSV files; returns their names.
std::vector<std::string> write_gnuplot_scripts(const std::filesystem::path& folder);

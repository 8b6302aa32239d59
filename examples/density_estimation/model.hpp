#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "flow.hpp"

/// Writes a flow with the names of its coordinates and its context, notes `column 0`, `column 1`, ... of the file.
/// Throws bijou::FileError if that fails.
void save_model(const std::filesystem::path& path, const Flow& flow, const std::vector<std::string>& names);

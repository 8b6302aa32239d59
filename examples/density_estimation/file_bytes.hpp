#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "input_error.hpp"

/// The bytes of a file. Throws InputError if it cannot be read.
inline std::string read_bytes(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw InputError(path.string() + ": is a folder");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path.string() + ": cannot be opened");
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) throw InputError(path.string() + ": cannot be read");
  return bytes;
}

/// Finds out whether a file can be written before hours of training. Throws InputError.
inline void require_writable(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool was_there = std::filesystem::exists(path, ignored);
  const bool writable = static_cast<bool>(std::ofstream(path, std::ios::app));
  if (!was_there) std::filesystem::remove(path, ignored);
  if (!writable) throw InputError(path.string() + ": cannot be written");
}

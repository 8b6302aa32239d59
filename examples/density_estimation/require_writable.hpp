#pragma once

#include <bijou/io/atomic_file.hpp>
#include <filesystem>

#include "input_error.hpp"

/// Finds out whether a file can be written before hours of training. Throws InputError.
inline void require_writable(const std::filesystem::path& path) {
  try {
    const bijou::AtomicFile not_committed(path);
  } catch (const bijou::FileError& error) {
    throw InputError(error.what());
  }
}

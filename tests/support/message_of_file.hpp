#pragma once

#include <bijou/io/file_error.hpp>
#include <filesystem>
#include <string>

/// What the FileError about a file says that f must throw, without the path.
template <class F>
std::string message_of_file(const std::filesystem::path& path, F&& f) {
  try {
    f();
  } catch (const bijou::FileError& error) {
    const std::string text = error.what();
    const std::string start = path.string() + ": ";
    return text.rfind(start, 0) == 0 ? text.substr(start.size()) : "another path: " + text;
  }
  return "nothing was thrown";
}

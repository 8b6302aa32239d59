#pragma once

#include <filesystem>
#include <string>

#include "support/file_error_of.hpp"

/// What the FileError about a file says that f must throw, without the path.
template <class F>
std::string message_of_file(const std::filesystem::path& path, F&& f) {
  const std::string text = file_error_of(f);
  const std::string start = path.string() + ": ";
  if (text.starts_with(start)) return text.substr(start.size());
  return text == "nothing was thrown" ? text : "another path: " + text;
}

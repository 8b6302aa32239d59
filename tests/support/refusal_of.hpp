#pragma once

#include <bijou/io/file_error.hpp>
#include <string>

/// What the FileError says that f must throw.
template <class F>
std::string refusal_of(F&& f) {
  try {
    f();
  } catch (const bijou::FileError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

#pragma once

#include <bijou/io/file_error.hpp>
#include <string>

#include "support/message_of.hpp"

/// What the FileError says that f must throw.
template <class F>
std::string file_error_of(F&& f) {
  return message_of<bijou::FileError>(f);
}

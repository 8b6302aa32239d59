#pragma once

#include <stdexcept>
#include <string>

/// What the std::invalid_argument says that f must throw.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was thrown";
}

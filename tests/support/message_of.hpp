#pragma once

#include <stdexcept>
#include <string>

/// What the Error says that f must throw.
template <class Error = std::invalid_argument, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

#pragma once

#include <stdexcept>

/// A command line or a file that cannot be used. The program answers with one line and exit code 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

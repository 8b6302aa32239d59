#pragma once

#include <stdexcept>

/// A command line or a file that cannot be used; what() is one line. The program answers with exit code 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

#pragma once

#include <bijou/core/language.hpp>
#include <cstdio>
#include <cstdlib>

namespace bijou::detail {

/// Throws the exception. In a program without exceptions (-fno-exceptions): prints its message to stderr and aborts.
template <class Exception>
[[noreturn]] void raise(const Exception& exception) {
#ifdef __cpp_exceptions
  throw exception;
#else
  std::fprintf(stderr, "%s\n", exception.what());
  std::abort();
#endif
}

}  // namespace bijou::detail

#pragma once

#include <bijou/io/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// What libFuzzer calls, and support/corpus.cpp. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Whether f reads what it is given. Otherwise it must throw FileError; any other exception ends the program.
template <class F>
bool reads(F&& f) {
  try {
    f();
    return true;
  } catch (const bijou::FileError&) {
    return false;
  }
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace fuzz

#include <bijou/io/npz.hpp>

#include "support/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::reads([&] {
    auto file = bijou::NpzFile::of_bytes(fuzz::text_of(data, size));
    for (const std::string& name : file.names()) fuzz::reads([&] { file.read<float>(name); });
  });
  return 0;
}

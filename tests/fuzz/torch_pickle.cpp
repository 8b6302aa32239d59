#include <bijou/io/torch_pickle.hpp>

#include "support/fuzz.hpp"

// The checksums of a zip archive keep most changed bytes from its pickle, so that this is read alone, too.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::reads([&] {
    const bijou::detail::TorchPickle pickle("bytes", fuzz::text_of(data, size));
    (void)pickle.value();
  });
  return 0;
}

#include <bijou/io/safetensors.hpp>
#include <vector>

#include "support/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::reads([&] {
    const bijou::SafetensorsFile file(data, size, "bytes");
    for (const bijou::Tensor& tensor : file.tensors()) {
      fuzz::require(file.find(tensor.name) == &tensor);
      std::vector<float> values(static_cast<std::size_t>(tensor.count()));  // no more than the bytes there are
      tensor.copy_to(values.data());
    }
  });
  return 0;
}

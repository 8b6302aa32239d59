#include <bijou/io/npy.hpp>
#include <cstring>
#include <string>

#include "support/fuzz.hpp"

namespace {

/// What is read of an array is read again when it is written.
template <class T>
void read_twice(std::string_view bytes) {
  Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> once;
  if (!fuzz::reads([&] { once = bijou::parse_npy<T>(bytes); })) return;
  const bijou::ArrayView view = once;
  std::string written = bijou::detail::npy_start(view.type(), view.shape());
  written.append(static_cast<const char*>(view.data()), view.byte_count());
  const auto twice = bijou::parse_npy<T>(written);
  fuzz::require(twice.rows() == once.rows() && twice.cols() == once.cols());
  fuzz::require(once.size() == 0 || std::memcmp(twice.data(), once.data(), view.byte_count()) == 0);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  read_twice<double>(bytes);
  read_twice<float>(bytes);
  read_twice<std::int16_t>(bytes);
  read_twice<bool>(bytes);
  return 0;
}

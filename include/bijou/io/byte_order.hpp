#pragma once

#include <bijou/core/language.hpp>
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <vector>

/// The numbers of files are little-endian. Where those of the machine are not, their bytes are reversed on the way.
namespace bijou::detail {

inline constexpr bool is_little_endian = std::endian::native == std::endian::little;
static_assert(is_little_endian || std::endian::native == std::endian::big, "an order of bytes that is neither");

/// The number that lies here in little-endian order.
template <class T>
T little_endian_number(const unsigned char* bytes) {
  std::array<unsigned char, sizeof(T)> own;
  std::memcpy(own.data(), bytes, sizeof(T));
  if constexpr (!is_little_endian) std::reverse(own.begin(), own.end());
  return std::bit_cast<T>(own);
}

/// Reverses the bytes of each of `count` numbers of `size` bytes.
inline void reverse_bytes(unsigned char* numbers, std::size_t count, std::size_t size) {
  for (std::size_t i = 0; i < count; ++i) std::reverse(numbers + i * size, numbers + (i + 1) * size);
}

/// file.write(bytes, size) for numbers of `size` bytes each, with the bytes reversed if they are to be.
template <bool Reversed = !is_little_endian, class File>
void write_numbers(File& file, const void* numbers, std::size_t count, std::size_t size) {
  if constexpr (!Reversed) {
    file.write(numbers, count * size);
  } else {
    const auto* const bytes = static_cast<const unsigned char*>(numbers);
    constexpr std::size_t most = 4096;  // numbers at a time
    for (std::size_t first = 0; first < count; first += most) {
      const std::size_t n = (std::min)(most, count - first);
      std::vector<unsigned char> piece(bytes + first * size, bytes + (first + n) * size);
      reverse_bytes(piece.data(), n, size);
      file.write(piece.data(), piece.size());
    }
  }
}

}  // namespace bijou::detail

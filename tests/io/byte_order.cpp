#include <bijou/io/byte_order.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "support/catch.hpp"

using namespace bijou::detail;

TEST_CASE("a number is found in little-endian bytes on any machine", "[io][byte_order]") {
  const unsigned char bytes[] = {0x01, 0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0xbf};
  CHECK(little_endian_number<std::uint8_t>(bytes) == 0x01);
  CHECK(little_endian_number<std::uint16_t>(bytes) == 0x0201);
  CHECK(little_endian_number<std::uint32_t>(bytes) == 0x04030201);
  CHECK(little_endian_number<double>(bytes + 4) == -1.5);
}

TEST_CASE("the bytes of each number are reversed", "[io][byte_order]") {
  unsigned char bytes[] = {1, 2, 3, 4, 5, 6};
  reverse_bytes(bytes, 2, 3);
  const unsigned char expected[] = {3, 2, 1, 6, 5, 4};
  CHECK(std::equal(bytes, bytes + 6, expected));
  reverse_bytes(bytes, 6, 1);
  CHECK(std::equal(bytes, bytes + 6, expected));
  reverse_bytes(nullptr, 0, 8);
}

TEST_CASE("numbers are written in their own order or the other", "[io][byte_order]") {
  struct File {
    std::string text = {};
    void write(const void* bytes, std::size_t size) { text.append(static_cast<const char*>(bytes), size); }
  };
  std::string numbers;  // more than one piece of 4096
  std::string reversed;
  for (int i = 0; i < 10'000; ++i) {
    const char a = static_cast<char>(i % 128), b = static_cast<char>(i / 128);
    numbers += {a, b};
    reversed += {b, a};
  }
  File same, other, little;
  write_numbers<false>(same, numbers.data(), 10'000, 2);
  CHECK(same.text == numbers);
  write_numbers<true>(other, numbers.data(), 10'000, 2);
  CHECK(other.text == reversed);

  const std::uint32_t number = 0x04030201;
  write_numbers(little, &number, 1, sizeof number);
  CHECK(little.text == "\x01\x02\x03\x04");
  write_numbers<true>(little, nullptr, 0, 8);
  CHECK(little.text.size() == 4);
}

#include <bijou/io/byte_source.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"

using namespace bijou;

TEST_CASE("a source of bytes gives them in order and says where it ends", "[io]") {
  detail::with_source("abcdef", "x", [](detail::ByteSource& source) {
    char read[4] = "";
    source.read(read, 3, "the start");
    CHECK(std::string(read) == "abc");
    CHECK(source.offset() == 3);
    CHECK(source.remaining() == 3);
    source.read(read, 0, "nothing");
    CHECK(file_error_of([&] { source.read(read, 4, "the middle"); }) == "x, byte 6: the bytes end inside the middle");
    CHECK(source.offset() == 3);
    source.read(read, 3, "the rest");
    CHECK(std::string(read) == "def");
    CHECK(source.remaining() == 0);
  });
}

TEST_CASE("a source that has less than it says is refused", "[io]") {
  const auto take = [](void*, std::size_t) { return std::size_t{1}; };
  detail::ByteSource source("x", "array a", 10, take);
  char read[2];
  CHECK(file_error_of([&] { source.read(read, 2, "it"); }) ==
        "x, array a: it cannot be read to its end, has it changed?");
  CHECK(file_error_of([&] { source.refuse_at(7, "expected ", 1); }) == "x, array a, byte 7: expected 1");
}

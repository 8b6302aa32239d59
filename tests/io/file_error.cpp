#include <bijou/io/file_error.hpp>

#include "support/catch.hpp"

TEST_CASE("a FileError names the file and the reason", "[io]") {
  const bijou::FileError error("folder/x.npy", "is empty");
  CHECK(std::string(error.what()) == "folder/x.npy: is empty");
  CHECK(std::string(bijou::FileError("x.csv", "line 3", "is bad").what()) == "x.csv, line 3: is bad");
  CHECK(std::string(bijou::FileError("x.csv", "", "is bad").what()) == "x.csv: is bad");
}

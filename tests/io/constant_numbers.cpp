#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/rotation.hpp>
#include <bijou/io/constant_numbers.hpp>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "support/catch.hpp"

using namespace bijou::detail;

TEST_CASE("constant numbers: the bits come back", "[io]") {
  for (const double number : {0.0, -0.0, 0.1, -1.0 / 3, 1e300, 5e-324, std::numeric_limits<double>::max()}) {
    const double read = std::strtod(constant_text(number).c_str(), nullptr);
    CHECK(read == number);
    CHECK(std::signbit(read) == std::signbit(number));
  }
  for (const float number : {0.1f, 1e-45f, -3e38f}) {
    CHECK(constant_text(number).back() == 'f');
    CHECK(std::strtof(constant_text(number).c_str(), nullptr) == number);
  }
  CHECK(constant_text(std::numeric_limits<double>::infinity()) == "std::numeric_limits<double>::infinity()");
  CHECK(constant_text(-std::numeric_limits<float>::infinity()) == "-std::numeric_limits<float>::infinity()");
  CHECK(constant_text(std::numeric_limits<float>::quiet_NaN()) == "std::numeric_limits<float>::quiet_NaN()");
  CHECK(constant_text(-7) == "-7");
}

TEST_CASE("constant numbers: a list in lines", "[io]") {
  CHECK(constant_list(std::vector<int>{}).empty());
  CHECK(constant_list(std::vector<int>{1, 2}) == "1, 2");
  std::istringstream lines(constant_list(std::vector<double>(1000, 1.0 / 3)));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(line.size() <= 120);
  CHECK(count > 100);
}

TEST_CASE("constant numbers: members by their paths, matrices row by row", "[io]") {
  bijou::Rotation<float, 2> rotation(Eigen::MatrixXf{{1, 2, 3}, {4, 5, 6}});
  MembersByPath members;
  visit_object(rotation, nullptr, false, members);
  CHECK(members.order() == std::vector<std::string>{"vectors"});
  CHECK(members.has("vectors"));
  CHECK_FALSE(members.has("scale"));
  CHECK(members.extent("vectors", 1) == 3);
  CHECK(members.values<double>("vectors") == std::vector<double>{1, 2, 3, 4, 5, 6});
}

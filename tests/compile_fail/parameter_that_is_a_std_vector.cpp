// expect: a parameter is an Eigen matrix or vector
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <vector>

struct Shift {
#ifdef BIJOU_EXPECT_ERROR
  std::vector<double> shift = std::vector<double>(2);
#else
  Eigen::Vector2d shift;
#endif
  static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }
};

int main() { return static_cast<int>(bijou::parameter_count(Shift{})) - 2; }

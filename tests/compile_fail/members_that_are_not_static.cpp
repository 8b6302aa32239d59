// expect: lists its members: static constexpr auto members
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>

struct Shift {
  Eigen::Vector2f shift;
#ifdef BIJOU_EXPECT_ERROR
  auto members() const { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }
#else
  static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }
#endif
};

int main() { return static_cast<int>(bijou::parameter_count(Shift{})) - 2; }

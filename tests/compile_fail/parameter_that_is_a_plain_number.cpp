// expect: a parameter is an Eigen matrix or vector \(a single number: an Eigen::Vector<T, 1>\)
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>

struct Shift {
#ifdef BIJOU_EXPECT_ERROR
  float shift = 0;
#else
  Eigen::Vector<float, 1> shift;
#endif
  static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }
};

int main() { return static_cast<int>(bijou::parameter_count(Shift{})) - 1; }

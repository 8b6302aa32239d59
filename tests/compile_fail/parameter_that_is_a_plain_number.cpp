// expect: a parameter_list or state_list names a plain number
#include <bijou/core/parameters.hpp>

struct Shift {
#ifdef BIJOU_EXPECT_ERROR
  float shift = 0;
#else
  Eigen::Vector<float, 1> shift;
#endif
  static constexpr auto parameter_list() { return std::tuple{bijou::named("shift", &Shift::shift)}; }
};

int main() { return static_cast<int>(bijou::parameter_count(Shift{})) - 1; }

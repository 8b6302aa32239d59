// expect: parameter_list must be a static constexpr member function
#include <bijou/core/parameters.hpp>

struct Shift {
  Eigen::Vector2f shift;
#ifdef BIJOU_EXPECT_ERROR
  auto parameter_list() const { return std::tuple{bijou::named("shift", &Shift::shift)}; }
#else
  static constexpr auto parameter_list() { return std::tuple{bijou::named("shift", &Shift::shift)}; }
#endif
};

int main() { return static_cast<int>(bijou::parameter_count(Shift{})) - 2; }

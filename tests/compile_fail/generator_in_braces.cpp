// expect: not a random generator
#include <bijou/datasets/two_moons.hpp>
#include <random>

int main() {
#ifdef BIJOU_EXPECT_ERROR
  const auto x = bijou::datasets::two_moons<float>(10, 0.1f, {0});
#else
  std::mt19937_64 rng{0};
  const auto x = bijou::datasets::two_moons<float>(10, 0.1f, rng);
#endif
  return x.cols() == 10 ? 0 : 1;
}

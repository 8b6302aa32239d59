// expect: not a random generator
#include <bijou/datasets/toys.hpp>
#include <cstdlib>
#include <random>

int main() {
#ifdef BIJOU_EXPECT_ERROR
  const auto x = bijou::datasets::checkerboard<float>(10, std::rand);
#else
  std::mt19937_64 rng{0};
  const auto x = bijou::datasets::checkerboard<float>(10, rng);
#endif
  return x.cols() == 10 ? 0 : 1;
}

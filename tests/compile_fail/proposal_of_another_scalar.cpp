// expect: independence_metropolis: energy and proposal have different scalar types
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::StandardNormal<double, 2> target;
#ifdef BIJOU_EXPECT_ERROR
  bijou::independence_metropolis(target, bijou::StandardNormal<float, 2>{}, 4, {}, rng);
#else
  bijou::independence_metropolis(target, bijou::StandardNormal<double, 2>{}, 4, {}, rng);
#endif
}

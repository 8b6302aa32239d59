// expect: TransformedDistribution: base and bijector stand in each other's place: .base, bijector.
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::MAF<double, 2> bijector{{8}, rng};
  const bijou::StandardNormal<double, 2> base;
#ifdef BIJOU_EXPECT_ERROR
  const bijou::TransformedDistribution flow{bijector, base};
#else
  const bijou::TransformedDistribution flow{base, bijector};
#endif
  return flow.parameter_count() > 0 ? 0 : 1;
}

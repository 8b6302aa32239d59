// expect: minimize: the flow, or whatever is to be trained, is const
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijou::MAF<double, 2>{{8}, rng}};
  const bijou::StandardNormal<double, 2> target;
#ifdef BIJOU_EXPECT_ERROR
  bijou::fit_reverse_kl(std::as_const(flow), target, {.steps = 1}, rng);
#else
  bijou::fit_reverse_kl(flow, target, {.steps = 1}, rng);
#endif
}

// expect: not a random generator: pass one that is not const
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <cstdlib>
#include <random>
#include <utility>

int main() {
  std::mt19937_64 rng{0};
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
#ifdef BIJOU_EXPECT_ERROR
  const auto x = flow.sample(5, 0);
#else
  const auto x = flow.sample(5, rng);
#endif
  return x.cols() == 5 ? 0 : 1;
}

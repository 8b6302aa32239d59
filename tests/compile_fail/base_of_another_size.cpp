// expect: TransformedDistribution: base and bijector have different event sizes
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

#ifdef BIJOU_EXPECT_ERROR
constexpr int size = 3;
#else
constexpr int size = 2;
#endif

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, size>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
}

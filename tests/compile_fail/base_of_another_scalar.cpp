// expect: TransformedDistribution: base and bijector have different scalar types, float and double
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

#ifdef BIJOU_EXPECT_ERROR
using Scalar = float;
#else
using Scalar = double;
#endif

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<Scalar, 2>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
}

// expect: not a Bijector
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/transformers/affine.hpp>

int main() {
#ifdef BIJOU_EXPECT_ERROR
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijou::AffineTransformer<double>{}};
#else
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
#endif
  return flow.log_prob(Eigen::Vector2d(1, 2)) < 0 ? 0 : 1;
}

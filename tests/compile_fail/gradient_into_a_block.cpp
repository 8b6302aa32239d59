// expect: nll_gradient: the gradient must be a vector contiguous in memory
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
  Eigen::MatrixXd gradients(4, 4);
#ifdef BIJOU_EXPECT_ERROR
  const double nll = flow.nll_gradient(Eigen::Vector2d(1, 2), gradients.block(0, 0, 2, 2));
#else
  const double nll = flow.nll_gradient(Eigen::Vector2d(1, 2), gradients.block<4, 1>(0, 0));
#endif
  return nll > 0 ? 0 : 1;
}

// expect: nll_gradient: the gradient must be a vector contiguous in memory
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
  Eigen::MatrixXd gradients(4, 4);
#ifdef BIJOU_EXPECT_ERROR
  auto gradient = gradients.row(0);  // of a column-major matrix
#else
  auto gradient = gradients.col(0);
#endif
  return flow.nll_gradient(Eigen::Vector2d(1, 2), gradient) > 0 ? 0 : 1;
}

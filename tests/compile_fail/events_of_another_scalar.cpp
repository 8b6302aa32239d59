// expect: the events have another scalar type than the flow: convert them with events.cast<Scalar>
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
  const Eigen::Matrix2Xf events = Eigen::Matrix2Xf::Ones(2, 10);
#ifdef BIJOU_EXPECT_ERROR
  const Eigen::VectorXd log_p = flow.log_prob(events);
#else
  const Eigen::VectorXd log_p = flow.log_prob(events.cast<double>());
#endif
}

// expect: the events have another number of rows than the flow: pass one event per column, D x N
#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
  const Eigen::Matrix<double, 10, 2> one_event_per_row = Eigen::Matrix<double, 10, 2>::Ones();
#ifdef BIJOU_EXPECT_ERROR
  const Eigen::VectorXd log_p = flow.log_prob(one_event_per_row);
#else
  const Eigen::VectorXd log_p = flow.log_prob(one_event_per_row.transpose());
#endif
}

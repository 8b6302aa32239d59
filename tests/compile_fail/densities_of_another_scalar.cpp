// expect: log_prob: the densities go to a vector of the flow's scalar type
#include <bijou/bijou.hpp>
#include <random>

#ifdef BIJOU_EXPECT_ERROR
using Densities = Eigen::VectorXi;
#else
using Densities = Eigen::VectorXd;
#endif

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijou::Reverse<2>{}};
  Densities log_p(3);
  bijou::Workspace workspace;
  flow.log_prob(Eigen::MatrixXd::Zero(2, 3), log_p, workspace);
}

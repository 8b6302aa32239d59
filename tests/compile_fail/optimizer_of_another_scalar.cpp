// expect: fit: the optimizer cannot step the flow's parameters
#include <bijou/bijou.hpp>
#include <random>

#ifdef BIJOU_EXPECT_ERROR
using Scalar = float;
#else
using Scalar = double;
#endif

int main() {
  std::mt19937_64 rng{0};
  bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijou::MAF<double, 2, 8>{rng}};
  bijou::fit(flow, Eigen::MatrixXd::Zero(2, 8), {.epochs = 1}, rng, bijou::AdamW<Scalar>{});
}

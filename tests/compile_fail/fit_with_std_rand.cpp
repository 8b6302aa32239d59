// expect: fit: rng is no generator of random bits that can be advanced
#include <bijou/bijou.hpp>
#include <cstdlib>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijou::MAF<double, 2, 8>{rng}};
  const Eigen::MatrixXd data = Eigen::MatrixXd::Zero(2, 8);
#ifdef BIJOU_EXPECT_ERROR
  bijou::fit(flow, data, {.epochs = 1}, std::rand);
#else
  bijou::fit(flow, data, {.epochs = 1}, rng);
#endif
}

// expect: fit: its first argument has no nll\(x, workspace\); pass a distribution
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  bijou::MAF<double, 2> bijector{{8}, rng};
  bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{}, bijector};
  const Eigen::MatrixXd data = Eigen::MatrixXd::Random(2, 8);
#ifdef BIJOU_EXPECT_ERROR
  bijou::fit(bijector, data, {.epochs = 1}, rng);
#else
  bijou::fit(flow, data, {.epochs = 1}, rng);
#endif
}

// expect: the events have another number of rows than the flow: pass one event per column, D x N
#include <bijou/datasets/double_well.hpp>
#include <bijou/inference/chains.hpp>
#include <bijou/inference/kernels.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::datasets::DoubleWell<double> well;
#ifdef BIJOU_EXPECT_ERROR
  const Eigen::Matrix3Xd start = Eigen::Matrix3Xd::Ones(3, 4);
#else
  const Eigen::Matrix2Xd start = Eigen::Matrix2Xd::Ones(2, 4);
#endif
  bijou::sample_chains(well, bijou::Hmc{}, start, {.steps = 5}, rng);
}

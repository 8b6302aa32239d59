// expect: sample_chains: expected a kernel
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const Eigen::Matrix2Xd start = Eigen::Matrix2Xd::Zero(2, 3);
  const bijou::StandardNormal<double, 2> target;
#ifdef BIJOU_EXPECT_ERROR
  bijou::sample_chains(target, 0.1, start, {}, rng);
#else
  bijou::sample_chains(target, bijou::Metropolis{0.1}, start, {}, rng);
#endif
}

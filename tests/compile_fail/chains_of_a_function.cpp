// expect: of a function make one by energy_of
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const Eigen::Matrix2Xd start = Eigen::Matrix2Xd::Zero(2, 3);
  const auto f = [](const Eigen::Vector2d& x) { return -x.squaredNorm(); };
#ifdef BIJOU_EXPECT_ERROR
  bijou::sample_chains(f, bijou::Metropolis{}, start, {}, rng);
#else
  bijou::sample_chains(bijou::energy_of<double, 2>(f), bijou::Metropolis{}, start, {}, rng);
#endif
}

// expect: the integrand returns no vector of N values
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::Uniform<double, 2> box{{0.0, 0.0}, {1.0, 1.0}};
#ifdef BIJOU_EXPECT_ERROR
  bijou::integrate(box, [](const Eigen::Matrix2Xd& x) { return x.row(0).array().square(); }, 100, rng);
#else
  bijou::integrate(box, [](const Eigen::Matrix2Xd& x) { return x.row(0).array().square().eval(); }, 100, rng);
#endif
}

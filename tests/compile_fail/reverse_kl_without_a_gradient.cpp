// expect: not an energy with a gradient: log_prob_pullback\(DensityPullback<Scalar> p\) const is missing
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const auto target = bijou::energy_of<double, 2>([](const Eigen::Vector2d& x) { return -x.squaredNorm(); });
  const bijou::flows::MAF<double, 2> flow{{.layers = 1}, rng};
  Eigen::VectorXd gradient(flow.parameter_count());
#ifdef BIJOU_EXPECT_ERROR
  bijou::reverse_kl_gradient(flow, target, 10, rng, gradient);
#else
  bijou::reverse_kl_gradient_from_values(flow, target, 10, rng, gradient);
#endif
}

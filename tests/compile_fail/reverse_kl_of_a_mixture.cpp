// expect: reverse KL: the flow has no base and bijector to follow a draw through
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::StandardNormal<double, 2> target;
  const bijou::MixtureOfGaussians<double, 2> mixture{3, rng};
  Eigen::VectorXd gradient(mixture.parameter_count());
#ifdef BIJOU_EXPECT_ERROR
  bijou::reverse_kl_gradient(mixture, target, 10, rng, gradient);
#else
  bijou::reverse_kl_gradient_from_values(mixture, target, 10, rng, gradient);
#endif
}

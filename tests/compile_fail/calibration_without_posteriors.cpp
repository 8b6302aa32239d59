// expect: calibrate: what posterior_of.x. returns is no posterior
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::datasets::GaussianLinearSimulator<double, 3> simulator;
  const auto [theta, x] = bijou::simulate(simulator.prior(), simulator, 20, rng);
#ifdef BIJOU_EXPECT_ERROR
  bijou::calibrate(theta, x, [](const Eigen::Vector3d& x_o) -> Eigen::Vector3d { return x_o; }, {}, rng);
#else
  bijou::calibrate(theta, x, [&](const Eigen::Vector3d& x_o) { return simulator.posterior(x_o); }, {}, rng);
#endif
}

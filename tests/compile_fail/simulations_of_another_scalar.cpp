// expect: append: theta and x must have the scalar of flow and prior
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::datasets::TwoMoonsSimulator<double> simulator;
  const bijou::flows::MAF<double> flow{{.event_size = 2, .context_size = 2, .layers = 1, .hidden = {4}}, rng};
  bijou::NeuralLikelihood model{flow, simulator.prior()};
  const Eigen::Matrix2Xd theta = Eigen::Matrix2Xd::Random(2, 5);
#ifdef BIJOU_EXPECT_ERROR
  model.append(theta.cast<float>(), theta.cast<float>());
#else
  model.append(theta, theta);
#endif
}

// A neural spline flow under a context, trained and asked.
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const Eigen::MatrixXf theta = Eigen::MatrixXf::Random(6, 1'000), x = Eigen::MatrixXf::Random(3, 1'000);
  bijou::flows::NSF<float> flow{{.event_size = 6, .context_size = 3, .layers = 5, .hidden = {64, 64}}, rng};
  bijou::fit(flow, theta, x, {.epochs = 1, .validation_fraction = 0.1}, rng);
  const Eigen::VectorXf observed = x.col(0);
  return flow.given(observed).sample(1'000, rng).allFinite() ? 0 : 1;
}

// expect: fit: its first argument takes no parameters; of flow.given\(context\) pass the flow itself
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  bijou::flows::MAF<double, 2> flow{{.context_size = 1, .hidden = {8}}, rng};
  const Eigen::MatrixXd data = Eigen::MatrixXd::Zero(2, 8), contexts = Eigen::MatrixXd::Zero(1, 8);
#ifdef BIJOU_EXPECT_ERROR
  auto density = flow.given(contexts);
  bijou::fit(density, data, {.epochs = 1}, rng);
#else
  bijou::fit(flow, data, contexts, {.epochs = 1}, rng);
#endif
}

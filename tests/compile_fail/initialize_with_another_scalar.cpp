// expect: initialize: data and flow must have the same scalar
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  bijou::flows::MAF<float, 2> flow{{.layers = 1, .hidden = {4}}, rng};
  const Eigen::MatrixXd data = Eigen::MatrixXd::Random(2, 8);
#ifdef BIJOU_EXPECT_ERROR
  bijou::initialize(flow, data);
#else
  bijou::initialize(flow, data.cast<float>());
#endif
}

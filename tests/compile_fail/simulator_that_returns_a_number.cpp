// expect: simulate: the simulator returns no Eigen vector or matrix
#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/simulate.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::Uniform<float, 2> prior{{0.0f, 0.0f}, {1.0f, 1.0f}};
  const auto simulator = [](const Eigen::Vector2f& theta, bijou::CounterGenerator&) {
#ifdef BIJOU_EXPECT_ERROR
    return theta.sum();
#else
    return Eigen::Vector<float, 1>(theta.sum());
#endif
  };
  return bijou::simulate(prior, simulator, 10, rng).x.allFinite() ? 0 : 1;
}

// expect: simulate: the simulator returns an Eigen expression
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::Uniform<double, 2> prior{{-1.0, -1.0}, {1.0, 1.0}};
#ifdef BIJOU_EXPECT_ERROR
  const auto simulator = [](const Eigen::Vector2d& theta, bijou::CounterGenerator& noise) {
    const Eigen::Vector2d z(bijou::normal(noise), bijou::normal(noise));
    return theta + z;
  };
#else
  const auto simulator = [](const Eigen::Vector2d& theta, bijou::CounterGenerator& noise) -> Eigen::Vector2d {
    const Eigen::Vector2d z(bijou::normal(noise), bijou::normal(noise));
    return theta + z;
  };
#endif
  bijou::simulate(prior, simulator, 10, rng);
}

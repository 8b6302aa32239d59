// expect: outputs of an autoregressive conditioner \(Made\) do not see all inputs
#include <bijou/bijectors/coupling.hpp>
#include <random>

#ifdef BIJOU_EXPECT_ERROR
using Network = bijou::Made<double>;
#else
using Network = bijou::Mlp<double>;
#endif

int main() {
  std::mt19937_64 rng{0};
  const bijou::Coupling<2, bijou::AffineTransformer<double>, Network> f{{}, Network{1, 2, {8}, rng}};
  return f.forward(Eigen::Vector2d(1, 2)).allFinite() ? 0 : 1;
}

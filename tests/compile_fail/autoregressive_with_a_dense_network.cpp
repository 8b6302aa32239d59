// expect: Autoregressive: all outputs of this conditioner \(Mlp\) see all inputs
#include <bijou/bijectors/autoregressive.hpp>
#include <random>

#ifdef BIJOU_EXPECT_ERROR
using Network = bijou::Mlp<double>;
#else
using Network = bijou::Made<double>;
#endif

int main() {
  std::mt19937_64 rng{0};
  const bijou::Autoregressive<1, bijou::AffineTransformer<double>, Network> f{{}, Network{1, 2, {8}, rng}};
  return f.forward(Eigen::Vector<double, 1>(1)).allFinite() ? 0 : 1;
}

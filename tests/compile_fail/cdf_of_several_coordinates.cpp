// expect: cdf, survival and quantile take one coordinate; the first of several is leading_marginal
#include <bijou/bijou.hpp>
#include <random>

int main() {
  std::mt19937_64 rng{0};
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 3>{}, bijou::MAF<double, 3>{{8}, rng}};
#ifdef BIJOU_EXPECT_ERROR
  return bijou::cdf(flow, 1.0) < 0.5 ? 1 : 0;
#else
  return bijou::cdf(bijou::leading_marginal(flow, 1), 1.0) < 0.5 ? 1 : 0;
#endif
}

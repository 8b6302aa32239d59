// expect: the distribution function is known of flows over StandardNormal, DiagonalNormal
#include <bijou/flows/any_flow.hpp>
#include <bijou/inference/cdf.hpp>

int main() {
  const bijou::StandardNormal<double, 1> normal;
#ifdef BIJOU_EXPECT_ERROR
  const bijou::AnyFlow<double> p(normal);
#else
  const auto& p = normal;
#endif
  return bijou::cdf(p, 0.0) == 0.5 ? 0 : 1;
}

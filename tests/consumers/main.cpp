#include <bijou/bijou.hpp>
#include <cmath>
#include <iostream>
#include <numbers>

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{1.0, -1.0}, {2.0, 0.5}}};
  // x = shift, so z = 0 and |det dx/dz| = 1.
  const double log_p = flow.log_prob(Eigen::Vector2d(1.0, -1.0));
  const double expected = -std::log(2.0 * std::numbers::pi);
  std::cout << "log_prob " << log_p << ", expected " << expected << '\n';
  return std::abs(log_p - expected) < 1e-12 ? 0 : 1;
}

#include <bijou_single.hpp>
#include <bijou_single.hpp>  // a second time, as when two headers of a project include it
#include <cmath>
#include <iostream>
#include <numbers>

int version_in_other_unit();

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{1.0, -1.0}, {2.0, 0.5}}};
  // x = shift, so z = 0 and |det dx/dz| = 1.
  const double log_p = flow.log_prob(Eigen::Vector2d(1.0, -1.0));
  const double expected = -std::log(2.0 * std::numbers::pi);
  std::cout << "log_prob " << log_p << ", expected " << expected << '\n';
  return std::abs(log_p - expected) < 1e-12 && version_in_other_unit() == BIJOU_VERSION ? 0 : 1;
}

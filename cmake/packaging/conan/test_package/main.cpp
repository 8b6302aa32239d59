#include <bijou/bijou.hpp>
#include <iostream>

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Affine<double, 2>{{1.0, -1.0}, {2.0, 0.5}}};
  const double log_p = flow.log_prob(Eigen::Vector2d(1.0, -1.0));  // -ln 2 pi = -1.83788
  std::cout << "log_prob " << log_p << '\n';
  return log_p > -1.838 && log_p < -1.837 ? 0 : 1;
}

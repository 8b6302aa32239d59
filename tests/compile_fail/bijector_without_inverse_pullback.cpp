// expect: not a Bijector: inverse_pullback\(Pullback<Scalar> p\) const is missing
#include <bijou/bijectors/bijector.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

struct Shift {
  using Scalar = float;
  static constexpr int static_event_size = 2;
  Eigen::Vector2f shift{0.0f, 0.0f};
  static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }

  void forward(bijou::Evaluation<float> e) const { e.output = e.input.colwise() + shift.array(); }
  void inverse(bijou::Evaluation<float> e) const { e.output = e.input.colwise() - shift.array(); }
  void forward_pullback(bijou::Pullback<float> p) const { p.input_gradient = p.output_gradient; }
#ifndef BIJOU_EXPECT_ERROR
  void inverse_pullback(bijou::Pullback<float> p) const { p.input_gradient = p.output_gradient; }
#endif
};

int main() {
  const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, Shift{}};
  return flow.log_prob(Eigen::Vector2f(1, 2)) < 0 ? 0 : 1;
}

// expect: not a Bijector: static constexpr auto members\(\) is missing
#include <bijou/bijectors/bijector.hpp>
#include <bijou/bijectors/bijector_calls.hpp>

struct Negation {
  using Scalar = double;
  static constexpr int static_event_size = 2;
#ifndef BIJOU_EXPECT_ERROR
  static constexpr auto members() { return bijou::Members<>{}; }
#endif
  void forward(bijou::Evaluation<double> e) const { e.output = -e.input; }
  void inverse(bijou::Evaluation<double> e) const { e.output = -e.input; }
  void forward_pullback(bijou::Pullback<double> p) const { p.input_gradient = -p.output_gradient; }
  void inverse_pullback(bijou::Pullback<double> p) const { p.input_gradient = -p.output_gradient; }
};

int main() { return bijou::forward(Negation{}, Eigen::Vector2d(1, 2))(0) < 0 ? 0 : 1; }

// expect: not a Conditioner: pullback\(ConditionerPullback<Scalar, Cache> p\) const is missing
#include <bijou/bijectors/coupling.hpp>

// The parameters of z_1 are (z_0, 0); the pullback is missing at first.
struct First {
  using Scalar = double;
  struct Cache {};
  static constexpr auto members() { return bijou::Members<>{}; }
  static constexpr bijou::Index input_size() { return 1; }
  static constexpr bijou::Index output_size() { return 2; }
  static constexpr bijou::Index context_size() { return 0; }
  void evaluate(bijou::ConditionerEvaluation<double, Cache> e) const {
    e.output.row(0) = e.input.row(0);
    e.output.row(1).setZero();
  }
#ifndef BIJOU_EXPECT_ERROR
  void pullback(bijou::ConditionerPullback<double, Cache> p) const { p.input_gradient = p.output_gradient.row(0); }
#endif
};

int main() {
  const bijou::Coupling<2, bijou::AffineTransformer<double>, First> f{{}, First{}};
  return f.forward(Eigen::Vector2d(1, 2)).allFinite() ? 0 : 1;
}

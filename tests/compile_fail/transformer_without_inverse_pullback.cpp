// expect: not a Transformer: inverse_pullback\(TransformerPullback<Scalar> p\) const is missing
#include <bijou/bijectors/autoregressive.hpp>
#include <random>

// x = z + t, of which a pullback is missing at first.
struct Additive {
  using Scalar = double;
  static constexpr auto members() { return bijou::Members<>{}; }
  static constexpr bijou::Index parameters_per_coordinate() { return 1; }
  void forward(bijou::TransformerEvaluation<double> e) const { e.output = e.input + e.parameters.row(0); }
  void inverse(bijou::TransformerEvaluation<double> e) const { e.output = e.input - e.parameters.row(0); }
  void forward_pullback(bijou::TransformerPullback<double> p) const {
    p.input_gradient = p.output_gradient;
    p.parameters_gradient.row(0) = p.output_gradient;
  }
#ifndef BIJOU_EXPECT_ERROR
  void inverse_pullback(bijou::TransformerPullback<double> p) const {
    p.input_gradient = p.output_gradient;
    p.parameters_gradient.row(0) = -p.output_gradient;
  }
#endif
};

int main() {
  std::mt19937_64 rng{0};
  const bijou::Autoregressive<2, Additive, bijou::Made<double>> f{{8}, rng};
  return f.forward(Eigen::Vector2d(1, 2)).allFinite() ? 0 : 1;
}

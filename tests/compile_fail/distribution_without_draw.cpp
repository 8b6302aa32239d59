// expect: not a Distribution: draw\(Eigen::Ref<Eigen::MatrixX<Scalar>> events, Rng& rng\) const is missing
#include <bijou/bijectors/reverse.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/distributions/transformed_distribution.hpp>

// ln p(x) = -|x_0| - |x_1| - ln 4.
struct Laplace {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr bijou::Index event_size() { return 2; }
  static constexpr auto members() { return bijou::Members<>{}; }
  void log_prob(bijou::DensityEvaluation<double> e) const {
    e.log_prob -= e.input.abs().colwise().sum() + std::log(4.0);
  }
  void log_prob_pullback(bijou::DensityPullback<double> p) const {
    p.input_gradient = -(p.input.sign().rowwise() * p.log_prob_gradient);
  }
#ifndef BIJOU_EXPECT_ERROR
  void draw(Eigen::Ref<Eigen::MatrixXd> events, auto& rng) const {
    for (double& x : events.reshaped()) {
      x = (bijou::uniform(rng) < 0.5 ? 1 : -1) * std::log1p(-bijou::uniform(rng));
    }
  }
#endif
};

int main() {
  const bijou::TransformedDistribution flow{Laplace{}, bijou::Reverse<2>{}};
  return flow.log_prob(Eigen::Vector2d(1, 2)) < 0 ? 0 : 1;
}

// Training in the guide: fit with its options, a loop of one's own, maps of one's own.
#include <bijou/bijou.hpp>
#include <iostream>
#include <random>
#include <tuple>

namespace {

// [formula]
struct Sinh {  // x = sinh(z)
  static auto value(auto z) { return sinh(z); }
  static auto inverse(auto x) { return asinh(x); }
  static auto log_slope(auto z) { return log_cosh(z); }
  static auto log_slope_derivative(auto z) { return tanh(z); }
};
// [formula]

// [bijector]
struct Shift {  // x = z + shift
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr const char* name = "Shift";
  Eigen::Vector2d shift{0.5, 0.25};
  static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }

  void forward(bijou::Evaluation<double> e) const { e.output = e.input.colwise() + shift.array(); }
  void inverse(bijou::Evaluation<double> e) const { e.output = e.input.colwise() - shift.array(); }
  void forward_pullback(bijou::Pullback<double> p) const {
    p.input_gradient = p.output_gradient;
    auto [d_shift] = bijou::gradients(*this, p);
    d_shift += p.output_gradient.rowwise().sum();
  }
  void inverse_pullback(bijou::Pullback<double> p) const {
    p.input_gradient = p.output_gradient;
    auto [d_shift] = bijou::gradients(*this, p);
    d_shift -= p.output_gradient.rowwise().sum();
  }
};
// [bijector]

void fit() {
  // [fit]
  std::mt19937_64 rng{0};
  const auto data = bijou::datasets::two_moons<float>(2'000, 0.05f, rng);
  bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 64, 64>{rng}};

  const auto history = bijou::fit(flow, data,
                                  {.epochs = 10,
                                   .batch_size = 256,
                                   .learning_rate = 3e-3,
                                   .schedule = bijou::CosineSchedule{.warm_up_fraction = 0.05},
                                   .clip_norm = 5.0,
                                   .validation_fraction = 0.1,
                                   .patience = 5},
                                  rng, bijou::AdamW<float>{{.weight_decay = 1e-2}});
  // [fit]
  std::cout << "kept epoch " << history.kept_epoch << " of " << history.train_nll.size() << "\n";
}

void step() {
  // [loop]
  std::mt19937_64 rng{0};
  const auto batch = bijou::datasets::two_moons<float>(256, 0.05f, rng);
  bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 64, 64>{rng}};

  Eigen::VectorXf gradient(flow.parameter_count());
  bijou::Workspace workspace;  // memory that calls use again, so that later ones take none; one call at a time
  for (int i = 0; i < 100; ++i) {
    flow.nll_gradient(batch, gradient, workspace);  // returns the mean negative log-likelihood
    flow.set_parameters(flow.parameters() - 1e-3f * gradient);
  }

  Eigen::VectorXf log_p(batch.cols());
  flow.log_prob(batch, log_p, workspace);  // into a vector of yours
  Eigen::Matrix2Xf draws(2, 100);
  flow.sample(draws, rng, workspace);
  // [loop]
  std::cout << "after 100 steps " << -log_p.mean() << " nats\n";
}

void map() {
  // [formula]
  const bijou::Elementwise<2, bijou::FormulaTransformer<double, Sinh>> heavy_tails;
  const Eigen::Vector2d x = heavy_tails.forward(Eigen::Vector2d(0.5, -2.0));
  // [formula]
  // [bijector]
  const bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                            bijou::Chain{Shift{}, bijou::Reverse<2>{}}};
  const double log_p = flow.log_prob(Eigen::Vector2d(0.0, 0.0));
  // [bijector]
  std::cout << "sinh " << x.transpose() << ", ln p " << log_p << "\n";
}

}  // namespace

int main() {
  fit();
  step();
  map();
}

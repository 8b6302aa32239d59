// A transformer of your own: a strictly increasing map of one coordinate whose parameters come from a network. A plain
// struct; with it, Autoregressive and Coupling make layers.
#include <bijou/bijou.hpp>
#include <iostream>
#include <random>

// z = sinh(u), u = e^a x + t, so x = (asinh z - t) e^-a: data of lighter tails than the noise. Two parameters in the
// order [t, a]; ln dz/dx = a + ln cosh(u).
struct SinhTransformer {
  using Scalar = double;
  static constexpr auto members() { return std::tuple<>{}; }
  static constexpr bijou::Index parameters_per_coordinate() { return 2; }

  // Rows have one number for each of N events, parameters are 2 x N; log_det is added to.
  void inverse(bijou::TransformerEvaluation<double> e) const {
    const auto t = e.parameters.row(0);
    const auto a = e.parameters.row(1);
    e.output = (a.exp() * e.input + t).sinh();
    e.log_det += a + (1.0 + e.output.square()).log() / 2.0;
  }

  void forward(bijou::TransformerEvaluation<double> e) const {
    const auto t = e.parameters.row(0);
    const auto a = e.parameters.row(1);
    e.output = (e.input.asinh() - t) * (-a).exp();
    e.log_det -= a + (1.0 + e.input.square()).log() / 2.0;
  }

  // With g = dL/dz and l = dL/dlog_det: dL/du = cosh(u) g + tanh(u) l, and du/dx = e^a, du/dt = 1, du/da = e^a x.
  void inverse_pullback(bijou::TransformerPullback<double> p) const {
    const Eigen::ArrayXXd scale = p.parameters.row(1).exp();
    const Eigen::ArrayXXd cosh = (1.0 + p.output.square()).sqrt();
    const Eigen::ArrayXXd du = cosh * p.output_gradient + p.output / cosh * p.log_det_gradient;
    p.input_gradient = scale * du;
    p.parameters_gradient.row(0) = du;
    p.parameters_gradient.row(1) = scale * p.input * du + p.log_det_gradient;
  }

  // x = (asinh z - t) e^-a, with g = dL/dx: dx/dz = e^-a / cosh(u), dx/dt = -e^-a, dx/da = -x;
  // log_det = -a - ln(1 + z^2) / 2.
  void forward_pullback(bijou::TransformerPullback<double> p) const {
    const Eigen::ArrayXXd scaled = (-p.parameters.row(1)).exp() * p.output_gradient;
    const Eigen::ArrayXXd square = 1.0 + p.input.square();
    p.input_gradient = scaled / square.sqrt() - p.input / square * p.log_det_gradient;
    p.parameters_gradient.row(0) = -scaled;
    p.parameters_gradient.row(1) = -p.output * p.output_gradient - p.log_det_gradient;
  }
};

static_assert(bijou::Transformer<SinhTransformer>);

int main() {
  std::mt19937_64 rng{0};
  const auto data = bijou::datasets::two_moons<double>(2'000, 0.05, rng);

  using Masked = bijou::Autoregressive<2, SinhTransformer, bijou::Made<double, bijou::activations::Tanh>>;
  using Coupled = bijou::Coupling<2, SinhTransformer, bijou::Mlp<double, bijou::activations::Tanh>>;
  bijou::TransformedDistribution flow{
      bijou::StandardNormal<double, 2>{},
      bijou::Chain{Masked{{32, 32}, rng}, bijou::Reverse<2>{}, Coupled{1, {32, 32}, rng}, bijou::Reverse<2>{},
                   Coupled{1, {32, 32}, rng}}};

  const double before = flow.nll(data);
  bijou::fit(flow, data, {.epochs = 10, .batch_size = 100, .learning_rate = 3e-3}, rng);
  const double after = flow.nll(data);
  std::cout << "untrained nll " << before << " nats, trained nll " << after << " nats\n";

  const auto drawn = flow.sample_with_log_prob(1'000, rng);
  std::cout << "of 1000 draws, the two densities differ by at most "
            << (drawn.log_prob - flow.log_prob(drawn.events)).cwiseAbs().maxCoeff() << " nats\n";
  return after < before - 1 ? 0 : 1;
}

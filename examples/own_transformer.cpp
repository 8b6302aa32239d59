// A transformer of your own: a strictly increasing map of one coordinate whose parameters come from a network, with
// which Autoregressive and Coupling make layers. Its functions are called with SIMD packets of numbers; the gradients
// for coordinate and parameters follow from the derivatives that it gives.
#include <bijou/bijou.hpp>
#include <array>
#include <iostream>
#include <random>

// x = sinh(u), u = e^a z + t: heavier tails than the noise. Two parameters p = [t, a]; ln dx/dz = a + ln cosh(u).
struct SinhFormula {
  static constexpr int parameters = 2;

  static auto value(auto z, auto p) { return sinh(exp(p[1]) * z + p[0]); }
  static auto inverse(auto x, auto p) { return (asinh(x) - p[0]) * exp(-p[1]); }
  static auto log_slope(auto z, auto p) { return p[1] + log_cosh(exp(p[1]) * z + p[0]); }

  // dx/dt = cosh(u), dx/da = cosh(u) e^a z.
  static auto value_gradient(auto z, auto p) {
    const auto u = exp(p[1]) * z + p[0];
    const auto cosh = exp(log_cosh(u));
    return std::array{cosh, cosh * exp(p[1]) * z};
  }
  // The derivatives of ln dx/dz for z, t and a.
  static auto log_slope_gradient(auto z, auto p) {
    const auto scale = exp(p[1]);
    const auto slope = tanh(scale * z + p[0]);
    return std::array{slope * scale, slope, 1.0 + slope * scale * z};
  }
};

// Data are mapped to noise by it, so that the flow takes the tails of the noise to lighter ones.
using Transformer = bijou::InvertTransformer<bijou::FormulaTransformer<double, SinhFormula>>;
static_assert(bijou::Transformer<Transformer>);

int main() {
  std::mt19937_64 rng{0};
  const auto data = bijou::datasets::two_moons<double>(2'000, 0.05, rng);

  using Masked = bijou::Autoregressive<2, Transformer, bijou::Made<double, bijou::activations::Tanh>>;
  using Coupled = bijou::Coupling<2, Transformer, bijou::Mlp<double, bijou::activations::Tanh>>;
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

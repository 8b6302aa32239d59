// A bijector of your own in a flow, in two ways. A map of each coordinate is a formula of ten lines; any other bijector
// is a plain struct with the four maps, nothing to derive from and nothing to register.
#include <bijou/bijou.hpp>
#include <iostream>
#include <random>

// x = sinh(z): heavier tails than the noise that comes in. The functions are called with SIMD packets of numbers, and
// the gradients follow from them.
struct Sinh {
  static auto value(auto z) { return sinh(z); }
  static auto inverse(auto x) { return asinh(x); }
  static auto log_slope(auto z) { return log_cosh(z); }  // ln dx/dz
  static auto log_slope_derivative(auto z) { return tanh(z); }
};
using HeavyTails = bijou::Elementwise<2, bijou::FormulaTransformer<double, Sinh>>;

// x_0 = z_0, x_1 = z_1 + c z_0^2: a bend, in which one coordinate moves the other. ln|det dx/dz| = 0.
struct Bend {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr const char* name = "Bend";  // in messages and files

  Eigen::Vector<double, 1> c{0.0};
  static constexpr auto members() { return bijou::Members{bijou::parameter("c", &Bend::c)}; }

  // Inputs and outputs are 2 x N arrays; log_det has one number for each of the N events and is added to.
  void forward(bijou::Evaluation<double> e) const {
    e.output = e.input;
    e.output.row(1) += c(0) * e.input.row(0).square();
  }
  void inverse(bijou::Evaluation<double> e) const {
    e.output = e.input;
    e.output.row(1) -= c(0) * e.input.row(0).square();
  }

  // With g = dL/dx: dL/dz_0 = g_0 + 2 c z_0 g_1, dL/dz_1 = g_1, dL/dc = sum over events of z_0^2 g_1.
  void forward_pullback(bijou::Pullback<double> p) const { pull_back(p, 1); }
  void inverse_pullback(bijou::Pullback<double> p) const { pull_back(p, -1); }

 private:
  void pull_back(bijou::Pullback<double>& p, double sign) const {
    p.input_gradient = p.output_gradient;
    p.input_gradient.row(0) += sign * 2 * c(0) * p.input.row(0) * p.output_gradient.row(1);
    auto [d_c] = bijou::gradients(*this, p);
    d_c(0) += sign * (p.input.row(0).square() * p.output_gradient.row(1)).sum();
  }
};

static_assert(bijou::Bijector<HeavyTails> && bijou::Bijector<Bend>);

int main() {
  std::mt19937_64 rng{0};

  // Data from a known density: normal numbers, squeezed, bent, and through sinh.
  Eigen::Matrix2Xd data = 0.5 * bijou::StandardNormal<double, 2>{}.sample(20'000, rng);
  data.row(1) += (0.8 * data.row(0).array().square()).matrix();
  data = data.array().sinh();

  bijou::TransformedDistribution flow{
      bijou::StandardNormal<double, 2>{},
      bijou::Chain{HeavyTails{}, Bend{}, bijou::Affine<double, 2>{{0.0, 0.0}, {1.0, 1.0}}}};
  std::cout << flow << "\nuntrained nll " << flow.nll(data) << " nats\n";
  bijou::fit(flow, data, {.epochs = 20, .batch_size = 256, .learning_rate = 1e-2}, rng);
  std::cout << "trained nll   " << flow.nll(data) << " nats\n";

  const auto& [heavy_tails, bend, affine] = flow.bijector.bijectors();
  std::cout << "bend          " << bend.c << "   (true: 0.8)\n"
            << "scale         " << affine.scale().transpose() << "   (true: 0.5 0.5)\n";
}

// A bijector of your own in a flow: a plain struct with the four maps, nothing to derive from and nothing to register.
#include <bijou/bijou.hpp>
#include <iostream>
#include <random>

// x_i = sinh(z_i + shift_i): heavier tails than the noise that comes in. dx/dz = cosh(z + shift) = sqrt(1 + x^2).
struct SinhShift {
  using Scalar = double;
  static constexpr int static_event_size = 2;

  Eigen::Vector2d shift{0.0, 0.0};
  static constexpr auto members() { return std::tuple{bijou::parameter("shift", &SinhShift::shift)}; }

  // Inputs and outputs are 2 x N arrays; log_det has one number for each of the N events and is added to.
  void forward(bijou::Evaluation<double> e) const {
    e.output = (e.input.colwise() + shift.array()).sinh();
    e.log_det += (1.0 + e.output.square()).log().colwise().sum() / 2.0;
  }

  void inverse(bijou::Evaluation<double> e) const {
    e.output = e.input.asinh().colwise() - shift.array();
    e.log_det -= (1.0 + e.input.square()).log().colwise().sum() / 2.0;
  }

  // With u = z + shift: dL/du = cosh(u) dL/dx + tanh(u) dL/dlog_det, and z and shift enter as their sum.
  void forward_pullback(bijou::Pullback<double> p) const {
    const Eigen::ArrayXXd cosh = (1.0 + p.output.square()).sqrt();
    p.input_gradient = cosh * p.output_gradient + (p.output / cosh).rowwise() * p.log_det_gradient;
    auto [d_shift] = bijou::gradients(*this, p);
    d_shift += p.input_gradient.rowwise().sum();
  }

  // dz/dx = 1 / sqrt(1 + x^2), d log_det/dx = -x / (1 + x^2), dz/dshift = -1.
  void inverse_pullback(bijou::Pullback<double> p) const {
    const Eigen::ArrayXXd square = 1.0 + p.input.square();
    p.input_gradient = p.output_gradient / square.sqrt() - (p.input / square).rowwise() * p.log_det_gradient;
    auto [d_shift] = bijou::gradients(*this, p);
    d_shift -= p.output_gradient.rowwise().sum();
  }
};

static_assert(bijou::Bijector<SinhShift>);

int main() {
  std::mt19937_64 rng{0};

  // Data from a known density: normal numbers, squeezed and shifted, through sinh.
  const Eigen::Matrix2Xd noise = bijou::StandardNormal<double, 2>{}.sample(20'000, rng);
  const Eigen::Matrix2Xd data = ((0.5 * noise).colwise() + Eigen::Vector2d(0.3, -0.7)).array().sinh();

  // The own bijector beside one of the library's.
  bijou::TransformedDistribution flow{bijou::StandardNormal<double, 2>{},
                                      bijou::Chain{SinhShift{}, bijou::Affine<double, 2>{{0.0, 0.0}, {1.0, 1.0}}}};

  std::cout << "untrained nll " << flow.nll(data) << " nats\n";
  bijou::fit(flow, data, {.epochs = 20, .batch_size = 256, .learning_rate = 1e-2}, rng);
  std::cout << "trained nll   " << flow.nll(data) << " nats\n";

  const auto& [sinh_shift, affine] = flow.bijector.bijectors();
  std::cout << "location      " << (sinh_shift.shift + affine.shift()).transpose() << "   (true: 0.3 -0.7)\n"
            << "scale         " << affine.scale().transpose() << "   (true: 0.5 0.5)\n";
}

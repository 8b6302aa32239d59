#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/glow.hpp>
#include <bijou/signals/temperature.hpp>
#include <bijou/training/fit.hpp>
#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>

#include "registry.hpp"
#include "support/conditional_laws.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// With parameters that are random, since the networks start at zero.
template <class T>
flows::Glow<T> scattered_flow(const flows::GlowOptions& options, double deviation = 0.1) {
  std::mt19937_64 rng{3};
  flows::Glow<T> flow{options, rng};
  Eigen::Vector<T, Eigen::Dynamic> parameters = flow.parameters();
  for (T& number : parameters) number += static_cast<T>(deviation * normal(rng));
  flow.set_parameters(parameters);
  return flow;
}

flows::GlowOptions small(const SignalShape& shape) { return {.shape = shape, .levels = 2, .steps = 2, .width = 6}; }

/// ln|det| of the Jacobian by central differences.
double numerical_log_det(const AnyBijector<double>& f, const Eigen::VectorXd& x) {
  constexpr double step = 1e-5;
  Eigen::MatrixXd moved(x.size(), 2 * x.size());
  for (Index i = 0; i < x.size(); ++i) {
    moved.col(2 * i) = moved.col(2 * i + 1) = x;
    moved(i, 2 * i) += step;
    moved(i, 2 * i + 1) -= step;
  }
  const Eigen::MatrixXd z = f.inverse(moved);
  Eigen::MatrixXd jacobian(x.size(), x.size());
  for (Index i = 0; i < x.size(); ++i) jacobian.col(i) = (z.col(2 * i) - z.col(2 * i + 1)) / (2 * step);
  return jacobian.partialPivLu().matrixLU().diagonal().array().abs().log().sum();
}

}  // namespace

TEST_CASE("flows::Glow: the log-det is that of the Jacobian", "[glow]") {
  std::mt19937_64 rng{5};
  for (const SignalShape& shape : {SignalShape{1, 4, 4}, SignalShape{2, 4, 4}, SignalShape{1, 1, 16}}) {
    const auto flow = scattered_flow<double>(small(shape));
    const Eigen::VectorXd x = laws::normals<double>(shape.size(), 1, rng);
    INFO(shape.channels << " x " << shape.height << " x " << shape.width);
    CHECK(flow.bijector.inverse_log_det(x) == Approx(numerical_log_det(flow.bijector, x)).epsilon(1e-7).margin(1e-7));
    CHECK(flow.bijector.forward(flow.bijector.inverse(x)).isApprox(x, 1e-11));
  }
}

TEST_CASE("flows::Glow: laws of its bijector", "[glow]") {
  laws::check_bijector(registry::maker<registry::flows::Glow>, {.factors = {1}, .kinks = true, .largest = 100});
}

TEST_CASE("flows::Glow: gradients against central differences", "[glow]") {
  std::mt19937_64 rng{5};
  const auto flow = scattered_flow<double>(small({2, 4, 4}));
  const Eigen::MatrixXd x = laws::normals<double>(32, 3, rng);
  Eigen::VectorXd gradient(flow.parameter_count());
  flow.nll_gradient(x, gradient);
  auto moved = flow;
  double worst = 0;
  for (Index i = 0; i < gradient.size(); i += 7) {
    const auto loss_at = [&](double step) {
      Eigen::VectorXd parameters = flow.parameters();
      parameters(i) += step;
      moved.set_parameters(parameters);
      return -moved.log_prob(x).mean();
    };
    worst = std::max(worst, std::abs((loss_at(1e-5) - loss_at(-1e-5)) / 2e-5 - gradient(i)));
  }
  CHECK(worst < 1e-7 * std::max(1.0, gradient.cwiseAbs().maxCoeff()));
}

TEST_CASE("ExitCoupling is a conditional normal density", "[glow]") {
  std::mt19937_64 rng{5};
  const SignalShape half{2, 2, 2};
  ConvolutionalNetwork<double> network(half, 2, 2, {.width = 5, .kernels = {3, 3}}, rng);
  for_each_parameter(network, [&](auto& p) {
    for (double& number : p.reshaped()) number += 0.3 * normal(rng);
  });
  const ExitCoupling<double> exit({}, network);
  const TransformedDistribution flow{StandardNormal<double, Eigen::Dynamic>{16}, exit};
  const Eigen::MatrixXd x = laws::normals<double>(16, 20, rng);
  // What the network gives, read off where the noise is known: x = mu + e^g z.
  Eigen::MatrixXd noise = x;
  noise.bottomRows(8).setZero();
  const Eigen::MatrixXd mu = exit.forward(noise).bottomRows(8);
  noise.bottomRows(8).setOnes();
  const Eigen::ArrayXXd scale = (exit.forward(noise).bottomRows(8) - mu).array();
  CHECK((scale - 1).abs().maxCoeff() > 0.1);
  const double log_two_pi = std::log(2 * std::numbers::pi);
  const Eigen::ArrayXXd terms =
      -0.5 * log_two_pi - scale.log() - 0.5 * ((x.bottomRows(8) - mu).array() / scale).square();
  const Eigen::VectorXd expected =
      (terms.colwise().sum() - 0.5 * (x.topRows(8).array().square() + log_two_pi).colwise().sum()).matrix().transpose();
  CHECK(flow.log_prob(x).isApprox(expected, 1e-12));
}

TEST_CASE("flows::Glow starts with the density of ActNorm and its couplings' sigmoid", "[glow]") {
  std::mt19937_64 rng{5};
  flows::Glow<float> flow{{.shape = {1, 4, 4}, .levels = 2, .steps = 3, .width = 8}, rng};
  CHECK_FALSE(is_initialized(flow));
  const laws::Matrix<float> x = (laws::normals<float>(16, 400, rng).array() * 7.0f + 3.0f).matrix();
  initialize(flow, x);
  CHECK(is_initialized(flow));
  // At each step ActNorm expands what the coupling before has shrunk.
  const double nll = static_cast<double>(-flow.log_prob(x).mean()) / 16 - std::log(7.0);
  CHECK(nll > 1.3);
  CHECK(nll < 1.6);
  const auto before = flow.parameters();
  initialize(flow, laws::Matrix<float>(2 * x));
  CHECK(flow.parameters() == before);
}

TEST_CASE("flows::Glow: one pixel value throughout stays finite", "[glow]") {
  std::mt19937_64 rng{5};
  flows::Glow<float> flow{{.shape = {1, 4, 4}, .levels = 1, .steps = 2, .width = 8}, rng};
  const laws::Matrix<float> x = laws::Matrix<float>::Constant(16, 50, 0.25f);
  initialize(flow, x);
  CHECK(flow.log_prob(x).allFinite());
  CHECK(flow.log_prob(laws::Matrix<float>(laws::Matrix<float>::Zero(16, 2))).allFinite());
}

TEST_CASE("flows::Glow under a context", "[glow]") {
  flows::GlowOptions options = small({1, 4, 4});
  options.context_size = 3;
  const auto flow = scattered_flow<double>(options);
  CHECK(flow.context_size() == 3);
  std::mt19937_64 rng{5};
  const Eigen::MatrixXd x = laws::normals<double>(16, 4, rng);
  Eigen::MatrixXd classes = Eigen::MatrixXd::Identity(3, 4);
  classes(0, 3) = 1;
  const Eigen::VectorXd log_p = flow.given(classes).log_prob(x);
  CHECK(log_p(1) == Approx(flow.given(Eigen::Vector3d(0, 1, 0)).log_prob(Eigen::VectorXd(x.col(1)))));
  CHECK(log_p(0) != flow.given(Eigen::Vector3d(0, 1, 0)).log_prob(Eigen::VectorXd(x.col(0))));
  CHECK(sample_at_temperature(flow.given(classes), 4, 0.7, rng).allFinite());
  laws::check_conditional(flow.bijector, 3);
}

TEST_CASE("flows::Glow is trained, held by AnyFlow and printed like other flows", "[glow]") {
  std::mt19937_64 rng{5};
  Eigen::MatrixXi grey(16, 300);
  for (int& q : grey.reshaped()) q = uniform(rng) < 0.3 ? 0 : 3;
  const Eigen::MatrixXf y = dequantize<float>(grey, 4, rng);
  flows::Glow<float> flow{{.shape = {1, 4, 4}, .levels = 1, .steps = 2, .width = 8, .logit = 0.05}, rng};
  const auto history = fit(flow, y, {.epochs = 3, .batch_size = 50}, rng);
  CHECK(history.train_nll.back() < history.train_nll.front());
  const AnyFlow<float> any = flow;
  CHECK(any.log_prob(y) == flow.log_prob(y));
  CHECK(flow.sample(20, rng).cwiseAbs().maxCoeff() < 0.53f);
  std::ostringstream printed;
  printed << flow;
  CHECK(printed.str().find("flows::Glow") != std::string::npos);
}

TEST_CASE("flows::Glow refuses wrong options", "[glow]") {
  std::mt19937_64 rng{1};
  const auto message = [&](const flows::GlowOptions& options) {
    return message_of([&] { flows::Glow<double>{options, rng}; });
  };
  CHECK(message({.shape = {0, 4, 4}}) ==
        "flows::Glow: a signal needs at least one channel and one pixel, got 0 x 4 x 4");
  CHECK(message({.shape = {1, 4, 4}, .levels = 0}) == "flows::Glow: expected at least 1 level, got 0");
  CHECK(message({.shape = {1, 4, 4}, .steps = 0}) == "flows::Glow: expected at least 1 step, got 0");
  CHECK(message({.shape = {1, 4, 4}, .width = 0}) == "flows::Glow: expected at least 1 channel as the width, got 0");
  CHECK(message({.shape = {1, 4, 6}, .levels = 2}) ==
        "flows::Glow: expected a height and a width that 2^levels divides, got 4 x 6 and 2 levels");
  CHECK(message({.shape = {1, 4, 4}, .logit = 1}) == "logit_scaling: expected alpha in (0, 1), got 1");
}

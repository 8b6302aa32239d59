#include <bijou/distributions/mixture_of_gaussians.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/glow.hpp>
#include <bijou/signals/temperature.hpp>
#include <bijou/training/fit.hpp>
#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>
#include <sstream>

#include "registry.hpp"
#include "support/conditional_laws.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"
#include "support/signal_flows.hpp"

using namespace bijou;

namespace {

template <class T>
flows::Glow<T> scattered_flow(const flows::GlowOptions& options) {
  std::mt19937_64 rng{3};
  return signal_flows::scattered(flows::Glow<T>{options, rng});
}

flows::GlowOptions small(const SignalShape& shape) { return {.shape = shape, .levels = 2, .steps = 2, .width = 6}; }

}  // namespace

TEST_CASE("flows::Glow: the log-det is that of the Jacobian", "[glow]") {
  std::mt19937_64 rng{5};
  for (const SignalShape& shape : {SignalShape{1, 4, 4}, SignalShape{2, 4, 4}, SignalShape{1, 1, 16}}) {
    const auto flow = scattered_flow<double>(small(shape));
    const Eigen::VectorXd x = laws::normals<double>(shape.size(), 1, rng);
    INFO(shape.channels << " x " << shape.height << " x " << shape.width);
    CHECK(flow.bijector.inverse_log_det(x) ==
          Approx(signal_flows::numerical_log_det(flow.bijector, x)).epsilon(1e-7).margin(1e-7));
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
  const auto loss = [&](const auto& moved) { return -moved.log_prob(x).mean(); };
  CHECK(signal_flows::gradient_error(flow, gradient, loss) < 1e-7);
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

TEST_CASE("ImageCoupling and ExitCoupling: raw scales of 50 and -50", "[glow]") {
  std::mt19937_64 rng{5};
  const ConvolutionalNetwork<float> network({2, 2, 2}, 2, 2, {.width = 3}, rng);
  for (const double raw : {-50.0, 50.0}) {
    signal_flows::check_raw_scale<ImageCoupling<float>>(network, raw, std::log(1 / (1 + std::exp(-raw - 2)) + 1e-3));
    signal_flows::check_raw_scale<ExitCoupling<float>>(network, raw, -raw / (1 + std::abs(raw) / std::log(1000.0)));
  }
}

// Normal numbers on 4 x 4 pixels with the covariance e^-distance, whose entropy is known.
TEST_CASE("flows::Glow: of a Gaussian field the trained loss is the entropy, and draws have its moments", "[glow]") {
  Eigen::MatrixXd covariance(16, 16);
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 16; ++j) covariance(i, j) = std::exp(-std::hypot(i / 4 - j / 4, i % 4 - j % 4));
  }
  const Eigen::MatrixXd factor = covariance.llt().matrixL();
  const double entropy = 8 * std::log(2 * std::numbers::pi * std::numbers::e) + factor.diagonal().array().log().sum();
  std::mt19937_64 rng{1};
  const auto draw = [&](Index count) {
    return laws::Matrix<float>(factor.cast<float>() * laws::normals<float>(16, count, rng));
  };
  flows::Glow<float> flow{{.shape = {1, 4, 4}, .levels = 2, .steps = 2, .width = 8}, rng};
  fit(flow, draw(5000),
      {.epochs = 10, .batch_size = 100, .learning_rate = 5e-3, .schedule = CosineSchedule{}, .clip_norm = 50}, rng);

  constexpr Index count = 100'000;
  const Eigen::ArrayXd nll = -flow.log_prob(draw(count)).cast<double>();
  const double error = std::sqrt((nll - nll.mean()).square().mean() / count);
  CHECK(nll.mean() > entropy - 3 * error);
  CHECK(nll.mean() < entropy + 16 * 0.02);
  const Eigen::MatrixXd drawn = flow.sample(count, rng).cast<double>();
  REQUIRE(drawn.allFinite());
  CHECK(drawn.rowwise().mean().cwiseAbs().maxCoeff() < 0.1);
  CHECK((drawn * drawn.transpose() / count - covariance).cwiseAbs().maxCoeff() < 0.15);
}

TEST_CASE("flows::Glow of digits' size gives images back", "[glow]") {
  std::mt19937_64 rng{5};
  Eigen::MatrixXi grey(64, 200);  // half of the pixels black, the others of a brightness for each image
  for (Index n = 0; n < grey.cols(); ++n) {
    const double brightness = 16 * uniform(rng);
    for (int& q : grey.col(n)) q = uniform(rng) < 0.5 ? 0 : static_cast<int>(brightness * std::sqrt(uniform(rng)));
  }
  const Eigen::MatrixXf y = dequantize<float>(grey, 17, rng);
  const flows::GlowOptions options{.shape = {1, 8, 8}, .levels = 2, .steps = 8, .width = 64};
  std::mt19937_64 seed{7};
  flows::Glow<float> flow{options, seed};
  const auto history = fit(flow, y, {.epochs = 5, .batch_size = 50, .clip_norm = 50}, rng);
  CHECK(history.train_nll.back() < history.train_nll.front() - 10);
  CHECK((flow.bijector.forward(flow.bijector.inverse(y)) - y).cwiseAbs().maxCoeff() < 1e-4f);

  std::mt19937_64 same_seed{7};  // for the same permutations and signs of the convolutions, which are not parameters
  flows::Glow<double> in_double{options, same_seed};
  in_double.set_parameters(flow.parameters().cast<double>());
  const Eigen::MatrixXd x = y.leftCols(20).cast<double>();
  CHECK((in_double.bijector.forward(in_double.bijector.inverse(x)) - x).cwiseAbs().maxCoeff() < 1e-11);
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

TEST_CASE("flows::Glow's maps from a mixture draw each kind of image as often as it was shown", "[glow]") {
  std::mt19937_64 rng{6};
  // Three of four are bright above, the others below.
  constexpr Index count = 400;
  Eigen::MatrixXf y = 0.05f * laws::normals<float>(16, count, rng);
  y.topLeftCorner(8, 300).array() += 1.0f;
  y.bottomRightCorner(8, 100).array() += 1.0f;
  const flows::Glow<float> glow{{.shape = {1, 4, 4}, .levels = 1, .steps = 2, .width = 8}, rng};
  const MixtureOfGaussians<float, Eigen::Dynamic> base{16, 2, rng};
  AnyFlow<float> flow{TransformedDistribution{base, glow.bijector}};
  fit(flow, y, {.epochs = 10, .batch_size = 50, .clip_norm = 50}, rng);
  for (const double temperature : {0.0, 0.5, 1.0}) {
    INFO("temperature " << temperature);
    const Eigen::MatrixXf x = sample_at_temperature(flow, count, temperature, rng);
    const auto above = x.topRows(8).colwise().mean().array(), below = x.bottomRows(8).colwise().mean().array();
    CHECK(std::abs(static_cast<double>((above > below).count()) - 300) < 45);
    CHECK(((above - below).abs() > 0.8f).all());
  }
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

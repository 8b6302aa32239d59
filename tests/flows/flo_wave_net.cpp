#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/flo_wave_net.hpp>
#include <bijou/signals/temperature.hpp>
#include <bijou/training/fit.hpp>
#include <cmath>
#include <sstream>

#include "registry.hpp"
#include "support/conditional_laws.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"
#include "support/signal_flows.hpp"

using namespace bijou;

namespace {

flows::FloWaveNetOptions small(int blocks_per_split = 1) {
  return {.samples = 16, .blocks = 2, .flows = 2, .width = 4, .blocks_per_split = blocks_per_split};
}

/// 2 bands, a frame for 4 samples.
flows::FloWaveNetOptions with_context() {
  flows::FloWaveNetOptions options = small();
  options.context_channels = 2;
  options.upsampling = {2, 2};
  return options;
}

template <class T>
flows::FloWaveNet<T> scattered_flow(const flows::FloWaveNetOptions& options) {
  std::mt19937_64 rng{3};
  return signal_flows::scattered(flows::FloWaveNet<T>{options, rng});
}

}  // namespace

TEST_CASE("flows::FloWaveNet: the log-det is that of the Jacobian", "[flo_wave_net]") {
  std::mt19937_64 rng{5};
  for (const int blocks_per_split : {0, 1}) {
    const auto flow = scattered_flow<double>(small(blocks_per_split));
    const Eigen::VectorXd x = laws::normals<double>(16, 1, rng);
    INFO(blocks_per_split);
    CHECK(flow.bijector.inverse_log_det(x) ==
          Approx(signal_flows::numerical_log_det(flow.bijector, x)).epsilon(1e-7).margin(1e-7));
    CHECK(flow.bijector.forward(flow.bijector.inverse(x)).isApprox(x, 1e-11));
  }
}

TEST_CASE("flows::FloWaveNet: laws of its bijector", "[flo_wave_net]") {
  laws::check_bijector(registry::maker<registry::flows::FloWaveNet>, {.factors = {1}, .kinks = true, .largest = 100});
}

TEST_CASE("flows::FloWaveNet: gradients against central differences", "[flo_wave_net]") {
  std::mt19937_64 rng{5};
  const auto flow = scattered_flow<double>(with_context());
  const Eigen::MatrixXd x = laws::normals<double>(16, 3, rng), context = laws::normals<double>(8, 3, rng);
  Eigen::VectorXd gradient(flow.parameter_count());
  Eigen::MatrixXd context_gradient(8, 3);
  flow.given(context).nll_gradient(x, gradient, context_gradient);
  const auto loss = [&](const auto& moved) { return -moved.given(context).log_prob(x).mean(); };
  CHECK(signal_flows::gradient_error(flow, gradient, loss) < 1e-7);
  double worst = 0;
  for (Index i = 0; i < context.size(); ++i) {
    const auto loss_at = [&](double step) {
      Eigen::MatrixXd moved = context;
      moved.reshaped()(i) += step;
      return -flow.given(moved).log_prob(x).mean();
    };
    worst = std::max(worst, std::abs((loss_at(1e-5) - loss_at(-1e-5)) / 2e-5 - context_gradient.reshaped()(i)));
  }
  CHECK(worst < 1e-7);
  laws::check_conditional(flow.bijector, 8);
}

// A coupling of the first block, a step after a swap and one after a split read what the paper says.
TEST_CASE("flows::FloWaveNet: the context is squeezed and swapped along", "[flo_wave_net]") {
  flows::FloWaveNetOptions options = small();
  options.context_channels = 1;
  const auto flow = scattered_flow<double>(options);
  CHECK(flow.context_size() == 16);
  using Rows = std::vector<std::vector<int>>;
  Rows rows;
  const auto collect = [&]<class Coupling>(const AnyBijector<double>& b, const Coupling*) {
    const auto* const embed = b.get_if<Embed<ContextRows<double>, Coupling>>();
    REQUIRE(embed != nullptr);
    rows.push_back(embed->network().rows());
  };
  using Level = DynamicChain<AnyBijector<double>>;
  using Steps = DynamicChain<FloWaveNetStep<double>>;
  const Level* level = flow.bijector.get_if<Level>();
  for (int block = 1; block <= 2; ++block) {
    REQUIRE(level != nullptr);
    const auto* const steps = level->bijectors()[1].get_if<Steps>();
    REQUIRE(steps != nullptr);
    for (const auto& step : steps->bijectors()) {
      collect(std::get<1>(step.bijectors()), static_cast<const WaveCoupling<double>*>(nullptr));
    }
    if (block == 2) break;
    collect(level->bijectors()[2], static_cast<const ExitCoupling<double, WaveNet<double>>*>(nullptr));
    const auto* const slice = level->bijectors()[3].get_if<OnSlice<Eigen::Dynamic, AnyBijector<double>>>();
    REQUIRE(slice != nullptr);
    level = slice->bijector().get_if<Level>();
  }
  const Rows expected = {{0, 2, 4, 6, 8, 10, 12, 14},                             // even samples
                         {1, 3, 5, 7, 9, 11, 13, 15},                             // odd ones
                         {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},  // all of them, at the exit
                         {0, 4, 8, 12, 2, 6, 10, 14},                             // channels 0 and 1 of four
                         {1, 5, 9, 13, 3, 7, 11, 15}};                            // channels 2 and 3
  CHECK(rows == expected);
}

TEST_CASE("flows::FloWaveNet depends on its receptive half-width and no more", "[flo_wave_net]") {
  for (const bool has_context : {false, true}) {
    const auto flow = scattered_flow<double>(has_context ? with_context() : small()).with_samples(512);
    // Two steps of half-width 4 and an exit, then two steps; with a context a frame for each layer of upsampling.
    const Index half_width = (2 * 4 + 4) * 2 + 2 * 4 * 4 + (has_context ? 8 : 0);
    CHECK(flow.receptive_half_width() == half_width);
    CHECK(flow.unit() == 4);
    std::mt19937_64 rng{5};
    const Eigen::MatrixXd context = laws::normals<double>(flow.context_size(), 1, rng);
    const auto score_of = [&](const Eigen::VectorXd& x) {
      return has_context ? Eigen::VectorXd(flow.given(context).score(x)) : Eigen::VectorXd(flow.score(x));
    };
    Eigen::VectorXd x = laws::normals<double>(512, 1, rng);
    const Eigen::VectorXd before = score_of(x);
    x(256) += 0.5;
    const Eigen::VectorXd change = (score_of(x) - before).cwiseAbs();
    // The score at a sample is a sum over the noise that it reaches, so it depends on twice as many neighbours.
    CHECK(change(256) > 1e-3);
    CHECK(change.head(256 - 2 * half_width).maxCoeff() == 0);
    CHECK(change.tail(255 - 2 * half_width - 3).maxCoeff() == 0);
  }
}

TEST_CASE("flows::FloWaveNet: half-width of the paper's flow", "[flo_wave_net]") {
  std::mt19937_64 rng{1};
  const flows::FloWaveNet<float> flow{{.samples = 256, .width = 1, .blocks_per_split = 0}, rng};
  CHECK(flow.receptive_half_width() == 12240);
}

TEST_CASE("flows::FloWaveNet of another length", "[flo_wave_net]") {
  std::mt19937_64 rng{5};
  flows::FloWaveNet<double> flow{small(), rng};
  CHECK_FALSE(flow.with_samples(32).is_initialized());
  const Eigen::MatrixXd x = laws::normals<double>(16, 100, rng);
  initialize(flow, x);
  const auto longer = flow.with_samples(32);
  CHECK(is_initialized(longer));
  CHECK(longer.event_size() == 32);
  CHECK(longer.parameters() == flow.parameters());
  CHECK(longer.with_samples(16).log_prob(x) == flow.log_prob(x));
  CHECK(message_of([&] { flow.with_samples(18); }) ==
        "flows::FloWaveNet: expected a number of samples that 2^blocks divides, got 18 samples and 2 blocks");
}

TEST_CASE("flows::FloWaveNet: silence and far away stay finite", "[flo_wave_net]") {
  std::mt19937_64 rng{5};
  flows::FloWaveNet<float> flow{small(), rng};
  const laws::Matrix<float> silence = laws::Matrix<float>::Zero(16, 50);
  initialize(flow, silence);
  CHECK(flow.log_prob(silence).allFinite());
  const auto scattered = signal_flows::scattered(flow, 1.0);
  CHECK(scattered.log_prob(silence).allFinite());
  CHECK(scattered.log_prob(laws::Matrix<float>(laws::Matrix<float>::Constant(16, 2, 1000.0f))).allFinite());
  CHECK(sample_at_temperature(scattered, 100, 0.8, rng).allFinite());
}

TEST_CASE("WaveCoupling: raw scales of 50 and -50", "[flo_wave_net]") {
  std::mt19937_64 rng{5};
  const WaveNet<float> network({2, 1, 4}, 2, 2, {.width = 3}, rng);
  for (const double raw : {-50.0, 50.0}) {
    signal_flows::check_raw_scale<WaveCoupling<float>>(network, raw, -raw / (1 + std::abs(raw) / 3));
  }
}

TEST_CASE("flows::FloWaveNet starts with unit variance at each step", "[flo_wave_net]") {
  std::mt19937_64 rng{5};
  flows::FloWaveNet<float> flow{small(), rng};
  const laws::Matrix<float> x = (laws::normals<float>(16, 400, rng).array() * 7.0f + 3.0f).matrix();
  initialize(flow, x);
  const double nll = static_cast<double>(-flow.log_prob(x).mean()) / 16 - std::log(7.0);
  CHECK(nll == Approx(0.5 * std::log(2 * 3.14159265 * 2.718281828)).margin(0.02));  // of normal numbers
}

TEST_CASE("flows::FloWaveNet is trained, held by AnyFlow and printed like other flows", "[flo_wave_net]") {
  std::mt19937_64 rng{5};
  Eigen::MatrixXf x(16, 300);
  for (Index n = 0; n < x.cols(); ++n) {
    const double phase = 6 * uniform(rng);
    for (Index t = 0; t < 16; ++t)
      x(t, n) = static_cast<float>(std::sin(0.7 * static_cast<double>(t) + phase) + 0.1 * normal(rng));
  }
  flows::FloWaveNet<float> flow{small(), rng};
  const auto history = fit(flow, x, {.epochs = 5, .batch_size = 50}, rng);
  CHECK(history.train_nll.back() < history.train_nll.front());
  const AnyFlow<float> any = flow;
  CHECK(any.log_prob(x) == flow.log_prob(x));
  std::ostringstream printed;
  printed << flow;
  CHECK(printed.str().find("flows::FloWaveNet") != std::string::npos);
}

TEST_CASE("flows::FloWaveNet refuses wrong options", "[flo_wave_net]") {
  std::mt19937_64 rng{1};
  const auto message = [&](const flows::FloWaveNetOptions& options) {
    return message_of([&] { flows::FloWaveNet<double>{options, rng}; });
  };
  CHECK(message({}) == "flows::FloWaveNet: expected at least 1 sample, got 0");
  CHECK(message({.samples = 16, .channels = 0}) == "flows::FloWaveNet: expected at least 1 channel, got 0");
  CHECK(message({.samples = 16, .blocks = 0}) == "flows::FloWaveNet: expected at least 1 block, got 0");
  CHECK(message({.samples = 16, .flows = 0}) == "flows::FloWaveNet: expected at least 1 flow in each block, got 0");
  CHECK(message({.samples = 16, .context_channels = -1}) ==
        "flows::FloWaveNet: expected context_channels and blocks_per_split of at least 0, got -1 and 4");
  CHECK(message({.samples = 24, .blocks = 4}) ==
        "flows::FloWaveNet: expected a number of samples that 2^blocks divides, got 24 samples and 4 blocks");
  CHECK(message({.samples = 16, .context_channels = 1, .upsampling = {3}, .blocks = 2}) ==
        "flows::FloWaveNet: expected a number of samples that the 3 samples of a frame divide, got 16");
  CHECK(message({.samples = 16, .upsampling = {2}, .blocks = 2}) ==
        "flows::FloWaveNet: expected context_channels of at least 1 where there is upsampling, got 0");
  CHECK(message({.samples = 16, .upsampling = {0}}) ==
        "flows::FloWaveNet: expected factors of upsampling of at least 1, got 0");
}

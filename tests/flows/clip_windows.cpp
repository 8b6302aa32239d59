#include <bijou/flows/clip_windows.hpp>
#include <random>

#include "support/laws.hpp"
#include "support/message_of.hpp"
#include "support/signal_flows.hpp"

using namespace bijou;

namespace {

template <class T>
flows::FloWaveNet<T> small_flow(Index context_channels = 0, Index channels = 1) {
  std::mt19937_64 rng{3};
  flows::FloWaveNetOptions options{.samples = 16, .channels = channels, .context_channels = context_channels};
  options.blocks = 2;
  options.flows = 2;
  options.width = 4;
  options.blocks_per_split = 1;
  if (context_channels > 0) options.upsampling = {2, 4};
  return signal_flows::scattered(flows::FloWaveNet<T>{options, rng}, 0.2);
}

}  // namespace

TEST_CASE("ClipWindows gives what one event gives", "[clip_windows]") {
  std::mt19937_64 rng{5};
  for (const Index channels : {1, 2}) {
    const auto flow = small_flow<float>(0, channels);
    const ClipWindows<float> windows{flow, 160};
    CHECK(windows.halo() == flow.receptive_half_width());
    // One window, exactly two, two and a rest that is short, and more than one batch of them.
    for (const Index length : {64, 160, 208, 252, 1600}) {
      INFO(channels << " x " << length);
      const auto whole = flow.with_samples(length);
      const Eigen::VectorXf x = laws::normals<float>(channels * length, 1, rng);
      CHECK(windows.log_prob(x) == Approx(static_cast<double>(whole.log_prob(x))).epsilon(1e-5));
      const Eigen::VectorXf z = whole.bijector.inverse(x);
      CHECK((windows.inverse(x) - z).cwiseAbs().maxCoeff() < 1e-5f * z.cwiseAbs().maxCoeff());
      CHECK((windows.forward(z) - whole.bijector.forward(z)).cwiseAbs().maxCoeff() < 1e-5f * x.cwiseAbs().maxCoeff());
    }
  }
}

TEST_CASE("ClipWindows under a context", "[clip_windows]") {
  std::mt19937_64 rng{5};
  const auto flow = small_flow<double>(3);
  const Index length = 800;
  const ClipWindows<double> windows{flow, 256};
  const auto whole = flow.with_samples(length);
  const Eigen::VectorXd x = laws::normals<double>(length, 1, rng);
  const Eigen::VectorXd context = laws::normals<double>(3 * length / 8, 1, rng);
  CHECK(windows.log_prob(x, context) == Approx(whole.given(context).log_prob(x)).epsilon(1e-12));
  CHECK(windows.forward(windows.inverse(x, context), context).isApprox(x, 1e-10));
}

TEST_CASE("ClipWindows: a halo that is too short would be seen", "[clip_windows]") {
  std::mt19937_64 rng{5};
  const auto flow = small_flow<double>();
  const Index halo = flow.receptive_half_width(), length = 4 * halo;
  const Eigen::VectorXd x = laws::normals<double>(length, 1, rng);
  const Eigen::VectorXd z = flow.with_samples(length).bijector.inverse(x);
  const Eigen::VectorXd of_half = flow.with_samples(length / 2).bijector.inverse(Eigen::VectorXd(x.head(length / 2)));
  const Eigen::VectorXd error = (of_half - z.head(length / 2)).cwiseAbs();
  CHECK(error.head(length / 2 - halo).maxCoeff() < 1e-14);
  CHECK(error.tail(flow.unit()).maxCoeff() > 1e-3);
}

TEST_CASE("ClipWindows refuses lengths that do not fit", "[clip_windows]") {
  const auto flow = small_flow<float>();
  CHECK(message_of([&] { ClipWindows<float>{flow, 110}; }) ==
        "ClipWindows: expected windows of a multiple of 4 samples and more than 112, got 110");
  CHECK(message_of([&] { ClipWindows<float>{flow, 112}; }) ==
        "ClipWindows: expected windows of a multiple of 4 samples and more than 112, got 112");
  const ClipWindows<float> windows{flow, 160};
  CHECK(message_of([&] { windows.inverse(Eigen::VectorXf::Zero(18)); }) ==
        "ClipWindows: expected a clip of 1 x a multiple of 4 samples, got 18");
  CHECK(message_of([&] { windows.log_prob(Eigen::VectorXf::Zero(16), Eigen::VectorXf::Zero(2)); }) ==
        "ClipWindows: expected a context of 0 numbers, got 2");
}

// Two moons, trained in a browser: docs/site/live.py compiles this to WebAssembly, and worker.js calls it.
#include <bijou/bijou.hpp>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace {

constexpr float noise = 0.05f;

using Layer = bijou::Chain<bijou::MAF<float, 2>, bijou::Reverse<2>>;
using Flow = bijou::TransformedDistribution<bijou::StandardNormal<float, 2>, bijou::DynamicChain<Layer>>;

Flow make_flow(std::mt19937_64& rng) {
  std::vector<Layer> layers;
  for (int i = 0; i < 12; ++i) layers.emplace_back(bijou::MAF<float, 2>({32, 32}, rng), bijou::Reverse<2>{});
  return {bijou::StandardNormal<float, 2>{}, bijou::DynamicChain{std::move(layers)}};
}

std::optional<Flow> flow;  // of the run that is under way
std::vector<float> image;

}  // namespace

extern "C" {

/// worker.js has it. Losses in nats.
__attribute__((import_module("page"), import_name("at_end_of_epoch"))) void at_end_of_epoch(double epoch, double epochs,
                                                                                            double train_nll,
                                                                                            double held_out_nll);

__attribute__((export_name("entropy"))) double entropy() {
  return bijou::datasets::two_moons_entropy(static_cast<double>(noise));
}

/// Trains a flow from its beginning. The held-out points have no influence on it.
__attribute__((export_name("train"))) void train(std::uint32_t seed) {
  std::mt19937_64 rng{seed};
  const Eigen::Matrix2Xf data = bijou::datasets::two_moons(20'000, noise, rng);
  const Eigen::Matrix2Xf held_out = bijou::datasets::two_moons(10'000, noise, rng);
  // The held-out points are easier or harder than average by chance. What that does to the exact density, whose
  // expected nll is the entropy, is taken off the nll of the flow (a control variate).
  const Eigen::ArrayXd exact_log_p = bijou::datasets::two_moons_log_density(held_out.cast<double>(), double{noise});
  const double luck = exact_log_p.mean() + entropy();

  flow.emplace(make_flow(rng));
  const auto report = [&](const bijou::EpochReport& epoch) {
    at_end_of_epoch(static_cast<double>(epoch.epoch + 1), static_cast<double>(epoch.epochs), epoch.train_nll,
                    static_cast<double>(flow->nll(held_out)) + luck);
  };
  bijou::fit(*flow, data,
             {.epochs = 30,
              .batch_size = 256,
              .learning_rate = 5e-3,
              .schedule = bijou::CosineSchedule{.warm_up_fraction = 0.1},
              .clip_norm = 5,
              .callback = report},
             rng);
}

/// The density in the middle of each cell of the square of side 2 half_width around (0.5, 0.25), row by row from the
/// top.
__attribute__((export_name("density"))) const float* density(std::int32_t cells, float half_width) {
  const float cell = 2 * half_width / static_cast<float>(cells);
  const Eigen::VectorXf offset = Eigen::VectorXf::LinSpaced(cells, cell / 2 - half_width, half_width - cell / 2);
  Eigen::Matrix2Xf row(2, cells);
  row.row(0) = offset.transpose().array() + 0.5f;
  image.clear();
  for (std::int32_t i = 0; i < cells; ++i) {
    row.row(1).setConstant(0.25f - offset(i));
    const Eigen::VectorXf p = flow->log_prob(row).array().exp();
    image.insert(image.end(), p.begin(), p.end());
  }
  return image.data();
}

}  // extern "C"

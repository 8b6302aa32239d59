// Two moons from start to end: what a base, a bijector and a flow are, how a flow is trained, and how good it is then.
#include <bijou/bijou.hpp>
#include <bijou/io/csv_log.hpp>
#include <bijou/io/write_csv.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <random>
#include <vector>

#include "../support/gnuplot.hpp"
#include "../support/grid.hpp"
#include "options.hpp"
#include "report.hpp"

namespace {

using Rng = std::mt19937_64;
using Base = bijou::StandardNormal<float, 2>;
using Points = Eigen::Matrix2Xf;

constexpr bijou::Index held_out_points = 100'000;
constexpr bijou::Index watched_points = 10'000;  // of the held-out points, for the loss curve
constexpr bijou::Index drawn_points = 100'000;   // to time sampling, and to see how far the flow reaches

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

bijou::Schedule schedule_of(const std::string& name) {
  if (name == "cosine") return bijou::CosineSchedule{.warm_up_fraction = 0.1};
  if (name == "exponential") return bijou::ExponentialSchedule{};
  if (name == "step") return bijou::StepSchedule{};
  return bijou::ConstantSchedule{};
}

template <class Layer>
auto make_flow(int count, auto make_layer) {
  using Step = bijou::Chain<Layer, bijou::Reverse<2>>;
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) steps.emplace_back(make_layer(), bijou::Reverse<2>{});
  return bijou::TransformedDistribution{Base{}, bijou::DynamicChain{std::move(steps)}};
}

/// The box around N draws from a density: all but about 4 / N of its mass lies there, whatever the density.
Grid around(const Points& draws) {
  return {draws.rowwise().minCoeff().cast<double>(), draws.rowwise().maxCoeff().cast<double>(), 1000};
}

/// Steps 1 and 2: the base, and an affine bijector.
void show_affine(const Options& options, Rng& rng) {
  const Base base;
  bijou::write_csv(options.output / "base_samples.csv", {"x", "y"}, base.sample(options.points, rng));
  const bijou::TransformedDistribution affine{base, bijou::Affine<float, 2>{{0.5f, 0.25f}, {1.0f, 0.5f}}};
  bijou::write_csv(options.output / "affine_samples.csv", {"x", "y"}, affine.sample(options.points, rng));
  write_grid(options.output / "affine_density.csv", Grid{{-4.5, -4.5}, {4.5, 4.5}, 300}, density_of(affine));
}

/// Step 4; returns the seconds that the training took. The held-out points have no influence on it.
template <class Flow>
double train(Flow& flow, const Options& options, const Points& data, const Points& watched, Rng& rng) {
  bijou::CsvLog log(options.output / "loss.csv");
  bijou::ProgressLine progress;
  const double entropy = bijou::datasets::two_moons_entropy(options.noise);
  // The watched points are easier or harder than average by chance. What that does to the exact density is known, as
  // its expected nll is the entropy, and is taken off the nll of the flow (a control variate).
  const double luck = bijou::datasets::two_moons_log_density(watched.cast<double>(), options.noise).mean() + entropy;
  double seconds_watching = 0;
  const auto at_end_of_epoch = [&](const bijou::EpochReport& report) {
    const Stopwatch stopwatch;
    const double held_out_nll = flow.nll(watched) + luck;
    log.row({{"epoch", static_cast<double>(report.epoch + 1)},
             {"training_nll", report.train_nll},
             {"held_out_nll", held_out_nll},
             {"entropy", entropy},
             {"learning_rate", report.learning_rate}});
    if (!options.quiet) {
      progress.update(report.epoch + 1, report.epochs, {{"nll", report.train_nll}, {"held out", held_out_nll}});
    }
    seconds_watching += stopwatch.seconds();
  };
  const Settings& settings = options.settings;
  const bijou::History history = bijou::fit(flow, data,
                                            {.epochs = settings.epochs,
                                             .batch_size = settings.batch_size,
                                             .learning_rate = settings.learning_rate,
                                             .schedule = schedule_of(settings.schedule),
                                             .clip_norm = settings.clip_norm,
                                             .callback = at_end_of_epoch},
                                            rng);
  return history.seconds - seconds_watching;
}

template <class Flow>
Results evaluate(const Flow& flow, double noise, const Points& data, const Points& held_out, Rng& rng) {
  Results results{};
  results.training_nll = flow.nll(data);

  const Eigen::ArrayXd log_p = flow.log_prob(held_out).template cast<double>();
  const Eigen::ArrayXd exact_log_p = bijou::datasets::two_moons_log_density(held_out.cast<double>(), noise);
  const Eigen::ArrayXd log_ratio = exact_log_p - log_p;
  results.held_out_nll = -log_p.mean();
  results.exact_nll = -exact_log_p.mean();
  results.kl_error = std::sqrt((log_ratio - log_ratio.mean()).square().mean() / static_cast<double>(log_ratio.size()));
  results.entropy = bijou::datasets::two_moons_entropy(noise);

  const Stopwatch stopwatch;
  const Points drawn = flow.sample(drawn_points, rng);
  results.samples_per_second = static_cast<double>(drawn_points) / stopwatch.seconds();
  results.box = around(drawn);
  results.integral = integral(results.box, density_of(flow));
  results.parameters = flow.parameter_count();
  return results;
}

/// Steps 3 to 7: a flow before, during and after training.
template <class Flow>
Results show_flow(Flow flow, const Options& options, const Points& data, const Points& held_out, Rng& rng) {
  const Grid window{{-2.5, -2.5}, {2.5, 2.5}, 500};  // cells of 0.01
  write_grid(options.output / "untrained_density.csv", window, density_of(flow));
  const double seconds = train(flow, options, data, held_out.leftCols(watched_points), rng);

  write_grid(options.output / "trained_density.csv", window, density_of(flow));
  bijou::write_csv(options.output / "flow_samples.csv", {"x", "y"}, flow.sample(options.points, rng));

  Results results = evaluate(flow, options.noise, data, held_out, rng);
  results.training_seconds = seconds;
  return results;
}

Results show_flow(const Options& options, const Points& data, const Points& held_out, Rng& rng) {
  const Settings& settings = options.settings;
  if (settings.flow == "realnvp") {
    using Layer = bijou::RealNVP<float, 2>;
    const auto make_layer = [&] { return Layer(1, settings.hidden, rng); };
    return show_flow(make_flow<Layer>(settings.layers, make_layer), options, data, held_out, rng);
  }
  if (settings.flow == "nsf") {
    using Layer = bijou::Autoregressive<2, bijou::RationalQuadraticSpline<float, 8>, bijou::Made<float>>;
    const auto make_layer = [&] { return Layer(settings.hidden, rng); };
    return show_flow(make_flow<Layer>(settings.layers, make_layer), options, data, held_out, rng);
  }
  using Layer = bijou::MAF<float, 2>;
  const auto make_layer = [&] { return Layer(settings.hidden, rng); };
  return show_flow(make_flow<Layer>(settings.layers, make_layer), options, data, held_out, rng);
}

void run(const Options& options) {
  if (!options.quiet) print(options);
  Rng rng{static_cast<std::uint64_t>(options.seed)};
  const auto noise = static_cast<float>(options.noise);
  const Points data = bijou::datasets::two_moons(options.points, noise, rng);
  const Points held_out = bijou::datasets::two_moons(held_out_points, noise, rng);
  bijou::write_csv(options.output / "data.csv", {"x", "y"}, data);
  show_affine(options, rng);
  print(show_flow(options, data, held_out, rng));

  const bool drawn = draw(options.output, "two_moons");
  std::printf("  files                           %s\n", options.output.string().c_str());
  if (!drawn) print_how_to_draw(options.output, "two_moons");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (const auto options = parse_options(argc, argv)) run(*options);
    if (std::fflush(stdout) != 0) throw std::runtime_error("the results cannot be written to the standard output");
    return 0;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "two_moons: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "two_moons: %s\n", error.what());
    return 1;
  }
}

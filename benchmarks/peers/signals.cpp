// bijou's side of signals.py: trains a flow of images or of sounds on the rows of train.npy and gives the bits of those
// of test.npy. Prints one line of JSON.
//
//   bijou_signals glow|flo_wave_net folder=FOLDER steps=100 seed=0 name=value...
//
// The other names are those of signals.py.
#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/flows/flo_wave_net.hpp>
#include <bijou/flows/glow.hpp>
#include <bijou/io/npy.hpp>
#include <bijou/training/adam.hpp>
#include <bijou/training/clip.hpp>
#include <bijou/training/schedule.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "runner.hpp"

namespace {

using bijou::Index;
using Rng = std::mt19937_64;
using Folder = std::filesystem::path;

/// events(count): so many to train with, as the flow takes them. per_number: the loss is per number of an event.
template <class Flow, class Events>
void train(Flow& flow, const Arguments& arguments, bool per_number, Events events) {
  bijou::initialize(flow, events(arguments.whole("first")));
  const Index steps = arguments.whole("steps");
  bijou::Adam<float> optimizer;
  const bijou::CosineSchedule schedule;
  bijou::Workspace workspace;
  Eigen::VectorXf parameters = flow.parameters();
  Eigen::VectorXf gradient(parameters.size());
  const Watch watch;
  for (Index step = 0; step < steps; ++step) {
    flow.nll_gradient(events(arguments.whole("batch")), gradient, workspace);
    if (per_number) gradient /= static_cast<float>(flow.event_size());
    bijou::clip_by_norm(gradient, arguments.number("clip"));
    optimizer.step(parameters, gradient, arguments.number("rate") * schedule(step, steps));
    flow.set_parameters(parameters);
  }
  std::printf("{\"parameters\": %td", flow.parameter_count());
  watch.print("train");
}

void run_glow(const Arguments& arguments) {
  const Folder folder = arguments.text("folder");
  const Eigen::MatrixXi data = bijou::read_npy<int>(folder / "train.npy");
  const Eigen::MatrixXi test = bijou::read_npy<int>(folder / "test.npy");
  const Index grey = arguments.whole("grey"), size = arguments.whole("size");
  Rng rng{static_cast<std::uint64_t>(arguments.whole("seed"))};
  bijou::flows::Glow<float> flow{{.shape = {1, size, size},
                                  .levels = static_cast<int>(arguments.whole("levels")),
                                  .steps = static_cast<int>(arguments.whole("flows")),
                                  .width = arguments.whole("width")},
                                 rng};
  std::vector<int> order;
  train(flow, arguments, false, [&](Index count) {
    if (static_cast<Index>(order.size()) < count) order = bijou::random_order(data.cols(), rng);
    const std::vector<int> chosen(order.end() - count, order.end());
    order.resize(order.size() - static_cast<std::size_t>(count));
    return bijou::dequantize<float>(data(Eigen::all, chosen), grey, rng);
  });
  const Eigen::MatrixXi copies = test.replicate(1, arguments.whole("draws"));
  const Eigen::VectorXf log_p = flow.log_prob(bijou::dequantize<float>(copies, grey, rng));
  std::printf(", \"bits\": %.6g}\n", bijou::bits_per_dimension(log_p, flow.event_size(), grey));
}

/// Whole numbers with uniform noise, in deviations.
Eigen::MatrixXf dequantized(const Eigen::MatrixXd& q, double deviation, Rng& rng) {
  return q.unaryExpr([&](double x) { return static_cast<float>((x + bijou::uniform(rng) - 0.5) / deviation); });
}

void run_flo_wave_net(const Arguments& arguments) {
  const Folder folder = arguments.text("folder");
  const Eigen::MatrixXd clips = bijou::read_npy<double>(folder / "train.npy");
  const Eigen::MatrixXd test = bijou::read_npy<double>(folder / "test.npy");
  const Index crop = arguments.whole("crop");
  const double deviation = arguments.number("deviation");
  Rng rng{static_cast<std::uint64_t>(arguments.whole("seed"))};
  bijou::flows::FloWaveNet<float> flow{{.samples = crop,
                                        .blocks = static_cast<int>(arguments.whole("blocks")),
                                        .flows = static_cast<int>(arguments.whole("flows")),
                                        .layers = arguments.whole("layers"),
                                        .width = arguments.whole("width"),
                                        .blocks_per_split = 0},
                                       rng};
  std::uniform_int_distribution<Index> clip(0, clips.cols() - 1), first(0, clips.rows() - crop);
  train(flow, arguments, true, [&](Index count) {
    Eigen::MatrixXd crops(crop, count);
    for (auto each : crops.colwise()) each = clips.col(clip(rng)).segment(first(rng), crop);
    return dequantized(crops, deviation, rng);
  });
  // Crops one after the other, each an event of its own.
  const Eigen::MatrixXd crops = test.reshaped(crop, test.size() / crop).replicate(1, arguments.whole("draws"));
  const double log_p = flow.log_prob(dequantized(crops, deviation, rng)).cast<double>().mean();
  std::printf(", \"bits\": %.6g}\n", -log_p / (static_cast<double>(crop) * std::numbers::ln2) + std::log2(deviation));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string what = argc > 1 ? argv[1] : "nothing";
    const Arguments arguments(argc, argv);
    if (what == "glow")
      run_glow(arguments);
    else if (what == "flo_wave_net")
      run_flo_wave_net(arguments);
    else
      throw std::invalid_argument("expected glow or flo_wave_net, got " + what);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

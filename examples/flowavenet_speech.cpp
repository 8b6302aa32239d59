// FloWaveNet on speech: bits per sample beside linear prediction, draws as WAV files and their spectrograms.
// Arguments: folder of the output, number of steps, then files of sound to train with, "--", files to test with;
// without files the clips of examples/data/speech.md. The voices of Debian's package alsa-utils (GPL-2, not part of
// this project):
//   cd /usr/share/sounds/alsa
//   flowavenet_speech /tmp/speech 500 Front_Center.wav Front_Left.wav Front_Right.wav Rear_Center.wav Rear_Left.wav
//       Side_Right.wav -- Rear_Right.wav Side_Left.wav
#include <bijou/bijou.hpp>
#include <bijou/io/write_csv.hpp>
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <numbers>
#include <random>
#include <string>
#include <unsupported/Eigen/FFT>
#include <vector>

#include "support/gnuplot.hpp"
#include "support/wav.hpp"

namespace {

using bijou::Index;
using Rng = std::mt19937_64;
using Flow = bijou::flows::FloWaveNet<float>;
using Clip = Eigen::VectorXd;  // whole numbers of 12 bits, from -2048 to 2047

constexpr int rate = 8000;  // samples a second
constexpr Index crop = 1024;
constexpr Index batch_size = 16;
constexpr double full_scale = 2048;

struct Clips {
  std::vector<Clip> train, test;
};

/// Without what is softer than a hundredth of the peak at either end.
Clip trimmed(const Eigen::VectorXf& sound) {
  const float least = 0.01f * sound.cwiseAbs().maxCoeff();
  Index first = 0, last = sound.size();
  while (first < last && std::abs(sound(first)) < least) ++first;
  while (last > first && std::abs(sound(last - 1)) < least) --last;
  if (last - first < crop) throw std::runtime_error("a clip is shorter than " + std::to_string(crop) + " samples");
  return (full_scale * sound.segment(first, last - first).cast<double>()).array().round();
}

/// Of the arguments behind the first two, or those of examples/data/speech.md.
Clips read_clips(int count, char** names) {
  Clips clips;
  bool is_test = false;
  for (int i = 0; i < count; ++i) {
    if (std::string(names[i]) == "--")
      is_test = true;
    else
      (is_test ? clips.test : clips.train).push_back(trimmed(wav::read(names[i], rate)));
  }
  if (count == 0) {
    const auto folder = std::filesystem::absolute(__FILE__).parent_path() / "data/speech";
    for (int i = 1; i <= 8; ++i) {
      (i <= 6 ? clips.train : clips.test).push_back(trimmed(wav::read(folder / (std::to_string(i) + ".flac"), rate)));
    }
  }
  if (clips.train.empty() || clips.test.empty())
    throw std::runtime_error("give clips to train with, --, clips to test with");
  return clips;
}

Index samples_of(const std::vector<Clip>& clips) {
  Index samples = 0;
  for (const Clip& clip : clips) samples += clip.size();
  return samples;
}

/// With noise that makes them continuous, uniform in +-1/2.
Clip dequantized(Clip clip, Rng& rng) {
  for (double& q : clip) q += bijou::uniform(rng) - 0.5;
  return clip;
}

double deviation_of(const std::vector<Clip>& clips) {
  double sum = 0, squares = 0;
  for (const Clip& clip : clips) sum += clip.sum(), squares += clip.squaredNorm();
  const auto count = static_cast<double>(samples_of(clips));
  return std::sqrt(squares / count - sum / count * (sum / count));
}

/// Bits per sample of the test clips under linear prediction: the residual is normal, with the variance of all those
/// of training or of the last 64.
struct LinearPrediction {
  static constexpr Index order = 16;
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(order);
  double variance = 0;

  LinearPrediction(const std::vector<Clip>& train, Rng& rng) {
    Eigen::MatrixXd products = Eigen::MatrixXd::Zero(order, order);
    Eigen::VectorXd with_next = Eigen::VectorXd::Zero(order);
    std::vector<Clip> noisy;
    for (const Clip& clip : train) {
      noisy.push_back(dequantized(clip, rng));
      for (Index t = order; t < clip.size(); ++t) {
        const auto past = noisy.back().segment(t - order, order);
        products += past * past.transpose();
        with_next += noisy.back()(t) * past;
      }
    }
    weights = products.ldlt().solve(with_next);
    Index count = 0;
    for (const Clip& x : noisy) {
      const Eigen::VectorXd residuals = residuals_of(x);
      variance += residuals.squaredNorm();
      count += residuals.size();
    }
    variance /= static_cast<double>(count);
  }

  Eigen::VectorXd residuals_of(const Clip& x) const {
    Eigen::VectorXd residuals(x.size());
    for (Index t = 0; t < x.size(); ++t) {
      const Index known = std::min(t, order);
      residuals(t) = x(t) - weights.tail(known).dot(x.segment(t - known, known));
    }
    return residuals;
  }

  double bits(const std::vector<Clip>& test, bool adapts, Rng& rng) const {
    double sum = 0;
    for (const Clip& clip : test) {
      const Eigen::VectorXd e = residuals_of(dequantized(clip, rng));
      for (Index t = 0; t < e.size(); ++t) {
        const Index seen = std::min<Index>(t, 64);
        const double v =
            adapts && seen >= order ? e.segment(t - seen, seen).squaredNorm() / static_cast<double>(seen) : variance;
        sum += 0.5 * std::log2(2 * std::numbers::pi * v) + 0.5 * e(t) * e(t) / v / std::numbers::ln2;
      }
    }
    return sum / static_cast<double>(samples_of(test));
  }
};

/// Crops at random places, in deviations.
Eigen::MatrixXf random_crops(const std::vector<Clip>& clips, Index count, double deviation, Rng& rng) {
  std::vector<double> lengths;
  for (const Clip& clip : clips) lengths.push_back(static_cast<double>(clip.size()));
  std::discrete_distribution<std::size_t> choose(lengths.begin(), lengths.end());
  Eigen::MatrixXf crops(crop, count);
  for (Index n = 0; n < count; ++n) {
    const Clip& clip = clips[choose(rng)];
    const auto first = static_cast<Index>(bijou::uniform(rng) * static_cast<double>(clip.size() - crop + 1));
    crops.col(n) = (dequantized(clip.segment(first, crop), rng) / deviation).cast<float>();
  }
  return crops;
}

/// Bits per sample of whole clips, averaged over the noise. The last few samples are left out to have whole units.
double bits_of_flow(const Flow& flow, const std::vector<Clip>& test, double deviation) {
  const bijou::ClipWindows<float> windows(flow, 8 * crop);
  Rng rng{1000};
  double sum = 0, samples = 0;
  for (int draw = 0; draw < 3; ++draw) {
    for (const Clip& clip : test) {
      const Index length = clip.size() / windows.unit() * windows.unit();
      sum += windows.log_prob((dequantized(clip.head(length), rng) / deviation).cast<float>());
      samples += static_cast<double>(length);
    }
  }
  return -sum / (samples * std::numbers::ln2) + std::log2(deviation);
}

/// The same for crops one after the other, each an event of its own.
double bits_of_crops(const Flow& flow, const std::vector<Clip>& test, double deviation) {
  Rng rng{1000};
  double sum = 0, samples = 0;
  for (const Clip& clip : test) {
    const Index count = clip.size() / crop;
    const Clip x = dequantized(clip.head(count * crop), rng) / deviation;
    sum += flow.log_prob(x.cast<float>().reshaped(crop, count).eval()).cast<double>().sum();
    samples += static_cast<double>(x.size());
  }
  return -sum / (samples * std::numbers::ln2) + std::log2(deviation);
}

Flow trained(const Clips& clips, double deviation, Index steps) {
  Rng rng{0};
  Flow flow{{.samples = crop, .blocks = 4, .flows = 4, .layers = 2, .width = 32, .blocks_per_split = 0}, rng};
  bijou::initialize(flow, random_crops(clips.train, 64, deviation, rng));
  bijou::Adam<float> optimizer;
  const bijou::CosineSchedule schedule;
  bijou::Workspace workspace;
  Eigen::VectorXf parameters = flow.parameters();
  Eigen::VectorXf gradient(parameters.size());
  const std::clock_t begin = std::clock();
  for (Index step = 0; step < steps; ++step) {
    flow.nll_gradient(random_crops(clips.train, batch_size, deviation, rng), gradient, workspace);
    gradient /= static_cast<float>(crop);  // of the loss per sample
    bijou::clip_by_norm(gradient, 1.0);
    optimizer.step(parameters, gradient, 1e-3 * schedule(step, steps));
    flow.set_parameters(parameters);
  }
  std::printf("%td parameters, %td steps in %.1f s of processor time\n", flow.parameter_count(), steps,
              static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  return flow;
}

/// Levels in decibels of full scale, at each time in seconds and frequency in kHz.
void write_spectrogram(const std::filesystem::path& path, const Eigen::VectorXf& sound) {
  constexpr Index window = 256, hop = 64;
  bijou::CsvWriter file(path, {"time", "frequency", "level"});
  Eigen::FFT<double> transform;
  const Eigen::ArrayXd hann =
      0.5 - 0.5 * (Eigen::ArrayXd::LinSpaced(window, 0, window - 1) * (2 * std::numbers::pi / window)).cos();
  for (Index first = 0; first + window <= sound.size(); first += hop) {
    const Eigen::VectorXd part = sound.segment(first, window).cast<double>().array() * hann;
    Eigen::VectorXcd spectrum;
    transform.fwd(spectrum, part);
    for (Index k = 0; k <= window / 2; ++k) {
      file.row(Eigen::Vector3d(static_cast<double>(first) / rate, static_cast<double>(k) * rate / window / 1000,
                               20 * std::log10(std::max(1e-5, std::abs(spectrum(k)) / (window / 4)))));
    }
  }
  file.commit();
}

void write_wave(const std::filesystem::path& path, const Eigen::VectorXf& sound) {
  bijou::CsvWriter file(path, {"time", "pressure"});
  for (Index t = 0; t < sound.size(); ++t)
    file.row(Eigen::Vector2d(static_cast<double>(t) / rate, static_cast<double>(sound(t))));
  file.commit();
}

void write_sounds(const std::filesystem::path& folder, const Flow& flow, const Clips& clips, double deviation) {
  const auto write_all = [&](const std::string& name, const Eigen::VectorXf& sound) {
    wav::write(folder / (name + ".wav"), sound, rate);
    write_spectrogram(folder / (name + "_spectrogram.csv"), sound);
    write_wave(folder / (name + "_wave.csv"), sound);
  };
  write_all("test_clip", (clips.test.front() / full_scale).cast<float>());
  const bijou::ClipWindows<float> windows(flow, 8 * crop);
  Rng rng{2};
  for (const int percent : {80, 100}) {
    Eigen::VectorXf noise(10 * crop);
    for (float& z : noise) z = static_cast<float>(percent / 100.0 * bijou::normal(rng));
    write_all("sample" + std::to_string(percent), windows.forward(noise) * static_cast<float>(deviation / full_scale));
  }
}

int run(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "flowavenet_speech_output";
  const Index steps = argc > 2 ? std::atoi(argv[2]) : 500;
  if (steps < 1) {
    std::fprintf(stderr, "usage: flowavenet_speech [folder [steps [train.wav ... -- test.wav ...]]]\n");
    return 2;
  }
  std::filesystem::create_directories(folder);
  const Clips clips = read_clips(std::max(0, argc - 3), argv + 3);
  const double deviation = deviation_of(clips.train);
  std::printf("%td samples to train with, %td to test with, deviation %.2f of 4096 steps\n", samples_of(clips.train),
              samples_of(clips.test), deviation);
  Rng rng{1};
  const LinearPrediction prediction(clips.train, rng);
  const double fixed = prediction.bits(clips.test, false, rng), adapted = prediction.bits(clips.test, true, rng);
  const Flow flow = trained(clips, deviation, steps);
  std::printf("\n%-58s%10s\n", "", "bits per sample");
  std::printf("%-58s%10.3f\n", "linear prediction of order 16", fixed);
  std::printf("%-58s%10.3f\n", "the same, with the variance of the last 64 residuals", adapted);
  std::printf("%-58s%10.3f\n", "FloWaveNet, crops of 1024 samples", bits_of_crops(flow, clips.test, deviation));
  std::printf("%-58s%10.3f\n", "FloWaveNet, whole clips", bits_of_flow(flow, clips.test, deviation));
  write_sounds(folder, flow, clips, deviation);
  draw_picture(folder, "flowavenet_speech");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "flowavenet_speech: %s\n", e.what());
    return 1;
  }
}

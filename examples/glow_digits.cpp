// Glow on the 8 x 8 digits of scikit-learn (examples/data/digits.md): bits per dimension beside simple densities, on
// grey levels as they are, through a logit, from a mixture of normals, and given which digit it is; samples at several
// temperatures and of each digit, and the way between two images.
// Arguments: folder of the output, number of steps, seed, channels of the networks.
#include <bijou/bijou.hpp>
#include <bijou/io/npy.hpp>
#include <bijou/io/write_csv.hpp>
#include <Eigen/Cholesky>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <random>
#include <vector>

#include "support/gnuplot.hpp"

namespace {

using bijou::Index;
using Rng = std::mt19937_64;
using Glow = bijou::flows::Glow<float>;
using Flow = bijou::AnyFlow<float>;

constexpr bijou::SignalShape shape{1, 8, 8};
constexpr Index levels = 17;  // of grey
constexpr Index batch_size = 128;
constexpr int test_draws = 10;

struct Images {
  Eigen::MatrixXi train, test;                 // 64 x N
  std::vector<int> train_digits, test_digits;  // 0 to 9
};

struct Model {
  const char* name;
  double logit;    // alpha, or 0 for none
  bool by_digit;   // given which digit an image shows
  int components;  // of the base, a mixture of normals, or 0 for a standard normal one
};

/// Every fifth image is for the test. Rows of the file: 64 pixels and the digit.
Images read_digits() {
  const auto path = std::filesystem::absolute(__FILE__).parent_path() / "data/digits.npy";
  const Eigen::MatrixXi all = bijou::read_npy<int>(path);
  std::vector<Index> train, test;
  for (Index n = 0; n < all.cols(); ++n) (n % 5 == 0 ? test : train).push_back(n);
  const auto digits = [&](const std::vector<Index>& chosen) {
    std::vector<int> of(chosen.size());
    std::ranges::transform(chosen, of.begin(), [&](Index n) { return all(shape.size(), n); });
    return of;
  };
  return {all(Eigen::seqN(0, shape.size()), train), all(Eigen::seqN(0, shape.size()), test), digits(train),
          digits(test)};
}

/// A row for each digit: 1 where the image shows it, else 0.
Eigen::MatrixXf contexts(const std::vector<int>& digits) {
  Eigen::MatrixXf rows = Eigen::MatrixXf::Zero(10, static_cast<Index>(digits.size()));
  for (Index n = 0; n < rows.cols(); ++n) rows(digits[static_cast<std::size_t>(n)], n) = 1;
  return rows;
}

/// call(flow), of images of these digits if the flow has a context.
template <class Call>
auto of_digits(const Flow& flow, const std::vector<int>& digits, Call call) {
  return flow.context_size() == 0 ? call(flow) : call(flow.given(contexts(digits)));
}

/// A density that counts how often each level is there, pixel by pixel, with 0.1 added.
double bits_of_histograms(const Images& images) {
  double bits = 0;
  for (Index i = 0; i < shape.size(); ++i) {
    Eigen::VectorXd counts = Eigen::VectorXd::Constant(levels, 0.1);
    for (const int q : images.train.row(i)) counts(q) += 1;
    for (const int q : images.test.row(i)) bits -= std::log2(counts(q) / counts.sum());
  }
  return bits / static_cast<double>(images.test.size());
}

/// log_prob(y) of dequantised test images, averaged over the noise.
template <class LogProb>
double bits_on_test(const Images& images, LogProb log_prob) {
  Rng rng{1000};
  double bits = 0;
  for (int i = 0; i < test_draws; ++i) {
    bits +=
        bijou::bits_per_dimension(log_prob(bijou::dequantize<float>(images.test, levels, rng)), shape.size(), levels);
  }
  return bits / test_draws;
}

double bits_of_gaussian(const Images& images) {
  Rng rng{1};
  const Eigen::MatrixXd y = bijou::dequantize<double>(images.train.replicate(1, 10), levels, rng);
  const Eigen::VectorXd mean = y.rowwise().mean();
  const Eigen::MatrixXd centered = y.colwise() - mean;
  const Eigen::MatrixXd covariance = centered * centered.transpose() / static_cast<double>(y.cols());
  const bijou::MultivariateNormal<double, Eigen::Dynamic> normal{mean, covariance.llt().matrixL()};
  return bits_on_test(images, [&](const Eigen::MatrixXf& test) { return normal.log_prob(test.cast<double>()); });
}

double bits_of_flow(const Images& images, const Flow& flow) {
  return of_digits(flow, images.test_digits, [&](const auto& density) {
    return bits_on_test(images, [&](const Eigen::MatrixXf& test) { return density.log_prob(test); });
  });
}

Flow untrained(const Model& model, Index width, Rng& rng) {
  Glow glow{{.shape = shape,
             .context_size = model.by_digit ? 10 : 0,
             .levels = 2,
             .steps = 8,
             .width = width,
             .logit = model.logit},
            rng};
  if (model.components == 0) return glow;
  const bijou::MixtureOfGaussians<float, Eigen::Dynamic> base{shape.size(), model.components, rng};
  return bijou::TransformedDistribution{base, glow.bijector};
}

// New noise at each step, so a loop of our own.
Flow trained(const Images& images, const Model& model, Index steps, std::uint64_t seed, Index width) {
  Rng rng{seed};
  Flow flow = untrained(model, width, rng);
  const Eigen::MatrixXf first = bijou::dequantize<float>(images.train.leftCols(512), levels, rng);
  if (model.by_digit) {
    bijou::initialize(flow, first, contexts(images.train_digits).leftCols(512));
  } else {
    bijou::initialize(flow, first);
  }
  const double at_start = bits_of_flow(images, flow);

  bijou::Adam<float> optimizer;
  const bijou::CosineSchedule schedule;
  bijou::Workspace workspace;
  Eigen::VectorXf parameters = flow.parameters();
  Eigen::VectorXf gradient(parameters.size());
  std::vector<int> order;
  const auto begin = std::chrono::steady_clock::now();
  for (Index step = 0; step < steps; ++step) {
    if (static_cast<Index>(order.size()) < batch_size) order = bijou::random_order(images.train.cols(), rng);
    const std::vector<int> chosen(order.end() - batch_size, order.end());
    order.resize(order.size() - batch_size);
    const Eigen::MatrixXf y = bijou::dequantize<float>(images.train(Eigen::all, chosen), levels, rng);
    std::vector<int> digits(chosen.size());
    std::ranges::transform(chosen, digits.begin(),
                           [&](int n) { return images.train_digits[static_cast<std::size_t>(n)]; });
    of_digits(flow, digits, [&](const auto& density) { return density.nll_gradient(y, gradient, workspace); });
    bijou::clip_by_norm(gradient, 50.0);
    optimizer.step(parameters, gradient, 1e-3 * schedule(step, steps));
    flow.set_parameters(parameters);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("%-28s%12.3f   at the start %.3f, %td parameters, %.1f s\n", model.name, bits_of_flow(images, flow),
              at_start, flow.parameter_count(), seconds.count());
  std::fflush(stdout);
  return flow;
}

/// Draws, as grey levels, beside the training images: the mean of each pixel, in the range of grey. A flow that is
/// given the digit is given those of the training images in turn.
void print_means(const char* what, const Images& images, const Flow& flow) {
  constexpr Index count = 10'000;
  Rng rng{3};
  std::vector<int> digits;
  for (std::size_t n = 0; n < count; ++n) digits.push_back(images.train_digits[n % images.train_digits.size()]);
  const Eigen::MatrixXi drawn =
      of_digits(flow, digits, [&](const auto& density) { return bijou::quantize(density.sample(count, rng), levels); });
  const Eigen::VectorXd difference =
      drawn.cast<double>().rowwise().mean() - images.train.cast<double>().rowwise().mean();
  const Eigen::VectorXd distance = difference / (levels - 1);
  std::printf(
      "%s: the mean of a pixel in %td draws is off by %.3f of the range of grey at most, root mean square %.3f\n", what,
      count, distance.cwiseAbs().maxCoeff(), std::sqrt(distance.squaredNorm() / shape.size()));
}

/// Images in rows of so many, with a gap between them, as pixels x, y, grey level: row after row of the whole sheet.
void write_sheet(const std::filesystem::path& path, const Eigen::MatrixXi& images, Index in_a_row) {
  bijou::CsvWriter file(path, {"x", "y", "level"});
  constexpr Index step = 9;
  for (Index y = 0; y + 1 < step * (images.cols() / in_a_row); ++y) {
    for (Index x = 0; x + 1 < step * in_a_row; ++x) {
      const bool is_gap = x % step == 8 || y % step == 8;
      const int level = is_gap ? 0 : images(y % step * 8 + x % step, y / step * in_a_row + x / step);
      file.row(Eigen::Vector3d(static_cast<double>(x), -static_cast<double>(y), level));
    }
  }
  file.commit();
}

/// Points on the way between the noise of two images, on the sphere that they lie near (its radius follows theirs).
Eigen::MatrixXi interpolated(const Glow& flow, const Eigen::MatrixXf& ends, Index count) {
  const Eigen::MatrixXf z = flow.bijector.inverse(ends);
  const double cosine = static_cast<double>(z.col(0).normalized().dot(z.col(1).normalized()));
  const double angle = std::acos(std::clamp(cosine, -0.999, 0.999));
  Eigen::MatrixXf way(z.rows(), count);
  for (Index k = 0; k < count; ++k) {
    const double t = static_cast<double>(k) / static_cast<double>(count - 1);
    way.col(k) = static_cast<float>(std::sin((1 - t) * angle) / std::sin(angle)) * z.col(0) +
                 static_cast<float>(std::sin(t * angle) / std::sin(angle)) * z.col(1);
  }
  return bijou::quantize(flow.bijector.forward(way), levels);
}

void write_sheets(const std::filesystem::path& folder, const Glow& flow, const Flow& of_mixture, const Flow& by_digit,
                  const Images& images) {
  constexpr Index in_a_row = 12;
  Rng rng{2};
  write_sheet(folder / "data.csv", images.test.leftCols(3 * in_a_row), in_a_row);
  for (const int percent : {50, 70, 100}) {
    const Eigen::MatrixXf x = bijou::sample_at_temperature(of_mixture, 3 * in_a_row, percent / 100.0, rng);
    write_sheet(folder / ("samples" + std::to_string(percent) + ".csv"), bijou::quantize(x, levels), in_a_row);
  }
  Eigen::MatrixXi ways(shape.size(), 3 * in_a_row);
  for (Index k = 0; k < 3; ++k) {
    const Eigen::MatrixXf ends = bijou::dequantize<float>(images.test.middleCols(20 + 2 * k, 2), levels, rng);
    ways.middleCols(k * in_a_row, in_a_row) = interpolated(flow, ends, in_a_row);
  }
  write_sheet(folder / "between.csv", ways, in_a_row);
  std::vector<int> digits;
  for (int n = 0; n < 30; ++n) digits.push_back(n % 10);
  const Eigen::MatrixXf each = bijou::sample_at_temperature(by_digit.given(contexts(digits)), 30, 0.7, rng);
  write_sheet(folder / "by_digit.csv", bijou::quantize(each, levels), 10);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "glow_digits_output";
  const Index steps = argc > 2 ? std::atoi(argv[2]) : 1100;
  const int seed = argc > 3 ? std::atoi(argv[3]) : 0;
  const Index width = argc > 4 ? std::atoi(argv[4]) : 64;
  if (steps < 1 || seed < 0 || width < 1) {
    std::fprintf(stderr, "usage: glow_digits [folder [steps [seed [width]]]]\n");
    return 2;
  }
  std::filesystem::create_directories(folder);
  const Images images = read_digits();
  std::printf("%td images to train with, %td to test with\n\n%-28s%12s\n", images.train.cols(), images.test.cols(), "",
              "bits per dimension");
  std::printf("%-28s%12.3f\n", "uniform", std::log2(static_cast<double>(levels)));
  std::printf("%-28s%12.3f\n", "Gaussian", bits_of_gaussian(images));
  std::printf("%-28s%12.3f\n", "a histogram for each pixel", bits_of_histograms(images));
  std::fflush(stdout);
  constexpr Model models[] = {{"Glow", 0, false, 0},
                              {"Glow through a logit", 0.02, false, 0},
                              {"Glow from a mixture", 0.02, false, 20},
                              {"Glow given the digit", 0.02, true, 0}};
  std::vector<Flow> flows;
  for (const Model& model : models) {
    flows.push_back(trained(images, model, steps, static_cast<std::uint64_t>(seed), width));
  }
  std::printf("\n");
  for (std::size_t i = 0; i < flows.size(); ++i) print_means(models[i].name, images, flows[i]);
  write_sheets(folder, *flows[1].get_if<Glow>(), flows[2], flows[3], images);
  draw_picture(folder, "glow_digits");
}

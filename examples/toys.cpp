// One flow, six shapes: a neural spline flow trained on each toy data set, its distance to the exact density where that
// is known, and a picture. Arguments: folder of the output, number of epochs.
#include <bijou/bijou.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "support/gnuplot.hpp"
#include "support/grid.hpp"

namespace {

using Points = Eigen::Matrix2Xf;
using Point = Eigen::Vector2d;
constexpr float noise = 0.05f;

struct Toy {
  std::string name;
  std::function<Points(bijou::Index, std::mt19937_64&)> draw;
  std::function<double(const Point&)> exact_log_density;  // empty where it has no closed form
  double extent;  // half the side of the window, around the origin; as in plots/toys.gp
};

/// ln of the mean of densities that are given by their logarithms.
double log_mean_exp(const std::vector<double>& logs) {
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - largest);
  return largest + std::log(sum / static_cast<double>(logs.size()));
}

double circles_log_density(const Point& x) {
  // A point at distance r of the origin, plus normal noise: ln of exp(-(rho^2 + r^2) / 2 s^2) I_0(rho r / s^2) / 2 pi
  // s^2.
  constexpr double variance = static_cast<double>(noise) * static_cast<double>(noise);
  const double rho = x.norm();
  std::vector<double> logs;
  for (const double r : {1.0, 0.5}) {
    logs.push_back(std::log(std::cyl_bessel_i(0.0, rho * r / variance)) - (rho * rho + r * r) / (2 * variance) -
                   std::log(2 * std::numbers::pi * variance));
  }
  return log_mean_exp(logs);
}

double eight_gaussians_log_density(const Point& x) {
  constexpr double variance = 0.125;
  std::vector<double> logs;
  for (int k = 0; k < 8; ++k) {
    const double angle = k * std::numbers::pi / 4;
    const Point mean = 4 / std::numbers::sqrt2 * Point(std::cos(angle), std::sin(angle));
    logs.push_back(-(x - mean).squaredNorm() / (2 * variance) - std::log(2 * std::numbers::pi * variance));
  }
  return log_mean_exp(logs);
}

std::vector<Toy> toys() {
  namespace data = bijou::datasets;
  using Rng = std::mt19937_64;
  return {
      {"two moons", [](bijou::Index n, Rng& rng) { return data::two_moons<float>(n, noise, rng); },
       [](const Point& x) { return data::two_moons_log_density(x, static_cast<double>(noise))(0); }, 2.5},
      {"circles", [](bijou::Index n, Rng& rng) { return data::circles<float>(n, noise, rng); }, circles_log_density,
       1.4},
      {"eight Gaussians", [](bijou::Index n, Rng& rng) { return data::eight_gaussians<float>(n, rng); },
       eight_gaussians_log_density, 4.5},
      {"checkerboard", [](bijou::Index n, Rng& rng) { return data::checkerboard<float>(n, rng); },
       [](const Point&) { return -std::log(32.0); }, 4.5},
      {"pinwheel", [](bijou::Index n, Rng& rng) { return data::pinwheel<float>(n, rng); }, {}, 4.5},
      {"spirals", [](bijou::Index n, Rng& rng) { return data::spirals<float>(n, 0.1f, rng); }, {}, 4},
  };
}

struct Mean {
  double value;
  double error;  // its standard error
};

Mean mean_of(const Eigen::ArrayXd& values) {
  const double mean = values.mean();
  return {mean, std::sqrt((values - mean).square().mean() / static_cast<double>(values.size()))};
}

void print(const Toy& toy, const Points& held_out, const Eigen::ArrayXd& log_p) {
  const auto cell = [](const Mean& mean) { std::printf("%9.4f +- %.4f", mean.value, mean.error); };
  std::printf("%-16s", toy.name.c_str());
  cell(mean_of(-log_p));
  if (toy.exact_log_density) {
    Eigen::ArrayXd exact(log_p.size());
    for (bijou::Index n = 0; n < exact.size(); ++n) exact(n) = toy.exact_log_density(held_out.col(n).cast<double>());
    cell(mean_of(exact - log_p));
  }
  std::printf("\n");
  std::fflush(stdout);
}

std::string file_of(const Toy& toy, const std::string& what) {
  std::string name = toy.name + "_" + what + ".csv";
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "toys_output";
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 40;
  std::filesystem::create_directories(folder);
  std::mt19937_64 rng{0};

  std::printf("mean of -ln q(x) over 20,000 new events, and of ln p(x) - ln q(x) where p is known, in nats:\n");
  for (const Toy& toy : toys()) {
    const Points data = toy.draw(20'000, rng);
    const Points held_out = toy.draw(20'000, rng);
    bijou::flows::NSF<float, 2> flow{{.layers = 4, .hidden = {64, 64}, .bins = 16}, rng};
    bijou::fit(flow, data,
               {.epochs = epochs,
                .batch_size = 200,
                .learning_rate = 3e-3,
                .schedule = bijou::CosineSchedule{.warm_up_fraction = 0.05},
                .clip_norm = 5.0},
               rng);
    print(toy, held_out, flow.log_prob(held_out).cast<double>());
    bijou::write_csv(folder / file_of(toy, "data"), {"x", "y"}, data.leftCols(5'000));
    const Point corner(toy.extent, toy.extent);
    write_grid(folder / file_of(toy, "density"), Grid{-corner, corner, 250}, density_of(flow));
  }
  draw_picture(folder, "toys");
  return 0;
}

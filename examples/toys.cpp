// One flow, six shapes: a neural spline flow trained on each toy data set, its distance to the exact density where that
// is known, and a picture. Arguments: folder of the output, number of epochs.
#include <bijou/bijou.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace {

using Points = Eigen::Matrix2Xf;
using Point = Eigen::Vector2d;
constexpr float noise = 0.05f;

struct Toy {
  std::string name;
  std::function<Points(bijou::Index, std::mt19937_64&)> draw;
  std::function<double(const Point&)> exact_log_density;  // empty where it has no closed form
  double extent;                                          // half the side of the window, around the origin
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
  const auto cell = [](const Mean& mean) { std::cout << std::setw(9) << mean.value << " +- " << mean.error; };
  std::cout << std::left << std::setw(16) << toy.name << std::right << std::fixed << std::setprecision(4);
  cell(mean_of(-log_p));
  if (toy.exact_log_density) {
    Eigen::ArrayXd exact(log_p.size());
    for (bijou::Index n = 0; n < exact.size(); ++n) exact(n) = toy.exact_log_density(held_out.col(n).cast<double>());
    cell(mean_of(exact - log_p));
  }
  std::cout << "\n" << std::flush;
}

void write_points(const std::string& path, const Points& x) {
  std::ofstream file(path);
  for (bijou::Index n = 0; n < x.cols(); ++n) file << x(0, n) << ' ' << x(1, n) << '\n';
}

template <class Flow>
void write_density(const std::string& path, const Flow& flow, double extent) {
  std::ofstream file(path);
  constexpr int cells = 250;
  Points row(2, cells);
  for (int i = 0; i < cells; ++i) {
    const auto centre = [&](int j) { return static_cast<float>(extent * ((2 * j + 1.0) / cells - 1)); };
    for (int j = 0; j < cells; ++j) row.col(j) << centre(j), centre(i);
    const Eigen::VectorXf density = flow.log_prob(row).array().exp();
    for (int j = 0; j < cells; ++j) file << row(0, j) << ' ' << row(1, j) << ' ' << density(j) << '\n';
  }
}

std::string file_of(const Toy& toy, const std::string& what) {
  std::string name = toy.name + "_" + what + ".txt";
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

bool draw(const std::vector<Toy>& all) {
  std::ofstream script("toys.gp");
  script << "set terminal pngcairo size 1500,560 font 'sans,14'\nset output 'toys.png'\n"
            "set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')\n"
            "unset key\nunset tics\nunset colorbox\nset size ratio -1\nset cbrange [0:*]\n"
            "set multiplot layout 2,6 margins 0.01,0.99,0.01,0.93 spacing 0.01,0.02\n";
  for (const std::string what : {"data", "density"}) {
    for (const Toy& toy : all) {
      script << "set xrange [-" << toy.extent << ":" << toy.extent << "]\nset yrange [-" << toy.extent << ":"
             << toy.extent << "]\nset title '" << (what == "data" ? toy.name : "") << "'\nplot '" << file_of(toy, what)
             << (what == "data" ? "' with points pt 7 ps 0.15 lc rgb '#9031688e'\n" : "' with image\n");
    }
  }
  script.close();
  return std::system("gnuplot toys.gp >gnuplot.log 2>&1") == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "toys_output";
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 40;
  std::filesystem::create_directories(folder);
  std::filesystem::current_path(folder);
  std::mt19937_64 rng{0};

  std::cout << "mean of -ln q(x) over 20,000 new events, and of ln p(x) - ln q(x) where p is known, in nats:\n";
  const std::vector<Toy> all = toys();
  for (const Toy& toy : all) {
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
    write_points(file_of(toy, "data"), data.leftCols(5'000));
    write_density(file_of(toy, "density"), flow, toy.extent);
  }
  if (draw(all))
    std::cout << "The picture is " << (folder / "toys.png").string() << "\n";
  else
    std::cout << "No picture, as gnuplot was not found or failed; see gnuplot.log.\n";
  return 0;
}

// Regression where one x has several answers y (Bishop 1994): two conditional densities p(y | x), a neural spline flow
// and a mixture density network, beside the exact one, in numbers and in a picture.
#include <bijou/bijou.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numbers>
#include <random>
#include <string>

namespace {

/// y is uniform on (0, 1), x = f(y) + noise on (-0.1, 0.1): between x = 0.2 and 0.8 up to three y have the same f(y).
double f(double y) { return y + 0.3 * std::sin(2 * std::numbers::pi * y); }
constexpr double noise = 0.1;

struct Data {
  Eigen::RowVectorXd x, y;
};

Data make_data(bijou::Index events, std::mt19937_64& rng) {
  Data data{Eigen::RowVectorXd(events), Eigen::RowVectorXd(events)};
  for (bijou::Index n = 0; n < events; ++n) {
    data.y(n) = bijou::uniform(rng);
    data.x(n) = f(data.y(n)) + noise * (2 * bijou::uniform(rng) - 1);
  }
  return data;
}

/// p(y | x) = p(x | y) / integral of p(x | y) dy, with p(x | y) constant where |x - f(y)| < 0.1.
double exact_density(double y, double x) {
  const auto possible = [&](double at) { return at > 0 && at < 1 && std::abs(x - f(at)) < noise; };
  constexpr int cells = 2'000;
  int count = 0;
  for (int i = 0; i < cells; ++i) count += possible((i + 0.5) / cells) ? 1 : 0;
  return possible(y) ? static_cast<double>(cells) / count : 0;
}

double exact_nll(const Data& data) {
  double sum = 0;
  for (bijou::Index n = 0; n < data.x.cols(); ++n) sum -= std::log(exact_density(data.y(n), data.x(n)));
  return sum / static_cast<double>(data.x.cols());
}

/// density(y, x) on a grid, one line for each cell.
void write_grid(const std::string& path, auto density) {
  std::ofstream file(path);
  for (int i = 0; i < 220; ++i) {
    for (int j = 0; j < 220; ++j) {
      const double x = -0.05 + 1.1 * (i + 0.5) / 220;
      const double y = -0.05 + 1.1 * (j + 0.5) / 220;
      file << x << ' ' << y << ' ' << density(y, x) << '\n';
    }
  }
}

template <class Flow>
double train(Flow& flow, const Data& data, const Data& held_out, std::mt19937_64& rng) {
  bijou::fit(flow, data.y.cast<float>(), data.x.cast<float>(),
             {.epochs = 60,
              .batch_size = 200,
              .learning_rate = 5e-3,
              .schedule = bijou::CosineSchedule{.warm_up_fraction = 0.05},
              .clip_norm = 5.0},
             rng);
  return static_cast<double>(flow.given(held_out.x.cast<float>()).nll(held_out.y.cast<float>()));
}

template <class Flow>
void write_density(const std::string& path, const Flow& flow) {
  bijou::Workspace workspace;
  write_grid(path, [&](double y, double x) {
    const Eigen::Vector<float, 1> context(static_cast<float>(x)), event(static_cast<float>(y));
    return std::exp(flow.given(context).log_prob(event, workspace));
  });
}

void write_script(const std::string& path) {
  std::ofstream(path) << "set terminal pngcairo size 1500,480 font 'sans,14'\nset output 'conditional_density.png'\n"
                         "set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')\n"
                         "set cbrange [0:8]\nunset key\nset xrange [-0.05:1.05]\nset yrange [-0.05:1.05]\n"
                         "set xlabel 'x'\nset ylabel 'y' rotate by 0\nunset colorbox\nset multiplot layout 1,3\n"
                         "set title 'exact p(y | x)'\nplot 'exact.txt' with image\n"
                         "set title 'neural spline flow'\nplot 'spline_flow.txt' with image\n"
                         "set title 'mixture density network'\nplot 'mixture.txt' with image\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "conditional_density_output";
  std::filesystem::create_directories(folder);
  std::mt19937_64 rng{0};
  const Data data = make_data(10'000, rng);
  const Data held_out = make_data(20'000, rng);

  bijou::flows::NSF<float, 1> spline_flow{{.context_size = 1, .layers = 3, .hidden = {32, 32}}, rng};
  bijou::flows::MDN<float, 1> mixture{{.context_size = 1, .components = 10, .hidden = {32, 32}}, rng};
  std::cout << "mean of -ln p(y | x) over 20,000 new events, in nats:\n"
            << "  exact                    " << exact_nll(held_out) << "\n"
            << "  neural spline flow       " << train(spline_flow, data, held_out, rng) << "\n"
            << "  mixture density network  " << train(mixture, data, held_out, rng) << "\n";

  std::filesystem::current_path(folder);
  write_grid("exact.txt", exact_density);
  write_density("spline_flow.txt", spline_flow);
  write_density("mixture.txt", mixture);
  write_script("conditional_density.gp");
  if (std::system("gnuplot conditional_density.gp >gnuplot.log 2>&1") != 0)
    std::cout << "No picture, as gnuplot was not found or failed; see gnuplot.log.\n";
  else
    std::cout << "The picture is " << (folder / "conditional_density.png").string() << "\n";
  return 0;
}

// Regression where one x has several answers y (Bishop 1994): two conditional densities p(y | x), a neural spline flow
// and a mixture density network, beside the exact one, in numbers and in a picture.
#include <bijou/bijou.hpp>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <numbers>
#include <random>

#include "support/gnuplot.hpp"
#include "support/grid.hpp"

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

/// p(y | x) over x and y, for write_grid.
template <class Flow>
auto density_of_y(const Flow& flow) {
  return [&flow](const Eigen::Matrix2Xd& points) -> Eigen::VectorXd {
    const Eigen::RowVectorXf x = points.row(0).cast<float>(), y = points.row(1).cast<float>();
    return flow.given(x).log_prob(y).template cast<double>().array().exp();
  };
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

  const Grid grid{{-0.05, -0.05}, {1.05, 1.05}, 220};
  write_grid(folder / "exact.csv", grid, [](const Eigen::Matrix2Xd& points) -> Eigen::VectorXd {
    return points.row(1).binaryExpr(points.row(0), [](double y, double x) { return exact_density(y, x); }).transpose();
  });
  write_grid(folder / "spline_flow.csv", grid, density_of_y(spline_flow));
  write_grid(folder / "mixture.csv", grid, density_of_y(mixture));
  draw_picture(folder, "conditional_density");
  return 0;
}

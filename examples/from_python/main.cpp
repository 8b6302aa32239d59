// A flow that zuko trained (train.py), read without Python: its densities beside zuko's own, draws, and a picture.
// [load]
#include <bijou/io/load_any.hpp>  // needs nlohmann-json
// [load]
#include <bijou/io/npy.hpp>
#include <bijou/io/write_csv.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <random>

#include "../support/gnuplot.hpp"
#include "../support/grid.hpp"

namespace {

using Path = std::filesystem::path;

/// The largest |a - b| / max(1, |b|).
double difference(const Eigen::ArrayXd& a, const Eigen::ArrayXd& b) {
  return ((a - b).abs() / b.abs().max(1.0)).maxCoeff();
}

/// points: columns x, y and zuko's ln p in float and in double, read as 4 x N.
void compare(const bijou::AnyFlow<double>& flow, const Eigen::MatrixXd& points) {
  const Eigen::ArrayXd exact = points.row(3).transpose();
  std::printf("ln p of %td points beside zuko in double, largest relative difference:\n", points.cols());
  std::printf("  bijou in double  %.1e\n", difference(flow.log_prob(points.topRows(2)).array(), exact));
  std::printf("  zuko in float    %.1e\n", difference(points.row(2).transpose(), exact));
}

void run(const Path& model, const Path& points, const Path& folder) {
  // [load]

  const bijou::AnyFlow<double> flow = bijou::load<double>(model);
  // [load]
  compare(flow, bijou::read_npy<double>(points));

  std::filesystem::create_directories(folder);
  std::mt19937_64 rng{0};
  bijou::write_csv(folder / "draws.csv", {"x", "y"}, flow.sample(2'000, rng));
  write_grid(folder / "density.csv", Grid{{-2.5, -2.5}, {2.5, 2.5}, 300}, density_of(flow));
  draw_picture(folder, "from_python");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "from_python: expected MODEL.safetensors POINTS.npy FOLDER\n");
    return 2;
  }
  run(argv[1], argv[2], argv[3]);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "from_python: %s\n", error.what());
  return 1;
}

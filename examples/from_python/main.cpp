// A flow that zuko trained (train.py), read without Python: its densities beside zuko's own, draws, and a picture.
// [load]
#include <bijou/io/load_any.hpp>  // needs nlohmann-json
// [load]
#include <bijou/io/npy.hpp>
#include <bijou/io/write_csv.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>

#include "../support/gnuplot.hpp"

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

/// x, y and p(x, y) at the centers of the cells of a square, 3 x cells².
Eigen::MatrixXd density(const bijou::AnyFlow<double>& flow, bijou::Index cells, double half_width) {
  Eigen::MatrixXd table(3, cells * cells);
  const double width = 2 * half_width / static_cast<double>(cells);
  const auto center = [&](bijou::Index i) { return (static_cast<double>(i) + 0.5) * width - half_width; };
  for (bijou::Index i = 0; i < table.cols(); ++i) table.col(i).head<2>() << center(i % cells), center(i / cells);
  table.row(2) = flow.log_prob(table.topRows(2)).array().exp().transpose();
  return table;
}

void run(const Path& model, const Path& points, const Path& folder) {
  // [load]

  const bijou::AnyFlow<double> flow = bijou::load<double>(model);
  // [load]
  compare(flow, bijou::read_npy<double>(points));

  std::filesystem::create_directories(folder);
  std::mt19937_64 rng{0};
  bijou::write_csv(folder / "draws.csv", {"x", "y"}, flow.sample(2'000, rng));
  bijou::write_csv(folder / "density.csv", {"x", "y", "p"}, density(flow, 300, 2.5));
  std::ofstream(folder / "from_python.gp")
      << "set terminal pngcairo size 1000,500 font 'sans,14'\nset output 'from_python.png'\nset datafile separator "
         "','\n"
         "set palette defined (0 '#440154', 1 '#3e4989', 2 '#26828e', 3 '#35b779', 4 '#fde725')\n"
         "set size ratio -1\nset xrange [-2.5:2.5]\nset yrange [-2.5:2.5]\nunset key\nunset colorbox\n"
         "set multiplot layout 1,2\nset title 'density of a flow that zuko trained'\n"
         "plot 'density.csv' skip 1 with image\nset title 'draws'\n"
         "plot 'draws.csv' skip 1 with points pointtype 7 pointsize 0.3 linecolor '#3e4989'\n";
  if (draw(folder, {"from_python.gp"}))
    std::printf("The picture is %s\n", (folder / "from_python.png").c_str());
  else
    std::printf("No picture, as gnuplot was not found.\n");
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

#include "plots.hpp"

#include <bijou/io/atomic_file.hpp>
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "../support/gnuplot.hpp"
#include "table.hpp"

namespace {

constexpr Eigen::Index most_panels = 12;  // a side of the corner

/// Where all but one in 200 of the numbers on either side lie, with a margin.
std::pair<double, double> range_of(const Eigen::RowVectorXd& values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t cut = sorted.size() / 200;
  const double low = sorted[cut];
  const double high = sorted[sorted.size() - 1 - cut];
  const double margin = high > low ? 0.06 * (high - low) : 1;
  return {low - margin, high + margin};
}

/// The next number of 1, 2 or 5 times a power of ten.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least) return factor * power;
  }
  return 10 * power;
}

/// For each column the range and the distance of the tics.
Eigen::Matrix3Xd axes_of(const Eigen::MatrixXd& data, Eigen::Index count) {
  Eigen::Matrix3Xd axes(3, count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto [low, high] = range_of(data.row(i));
    axes.col(i) << low, high, round_step((high - low) / 4);
  }
  return axes;
}

/// A line for each name.
void write_names(const std::filesystem::path& path, const std::vector<std::string>& names) {
  bijou::AtomicFile file(path);
  for (std::string name : names) {
    std::replace(name.begin(), name.end(), '\n', ' ');
    name += '\n';
    file.write(name.data(), name.size());
  }
  file.commit();
}

}  // namespace

std::vector<std::string> picture_files() {
  return {"corner_data.csv", "corner_samples.csv", "corner_axes.csv", "corner_names.txt",
          "corner.png",      "loss.csv",           "loss.png"};
}

bool draw_pictures(const std::filesystem::path& folder, const std::vector<std::string>& names,
                   const Eigen::MatrixXd& data, const Eigen::MatrixXd& samples, const Losses& losses) {
  write_table(folder / "corner_data.csv", names, data);
  write_table(folder / "corner_samples.csv", names, samples);
  const Eigen::Index panels = (std::min)(data.rows(), most_panels);
  write_table(folder / "corner_axes.csv", {"low", "high", "step"}, axes_of(data, panels));
  write_names(folder / "corner_names.txt", names);

  Eigen::MatrixXd table(4, static_cast<Eigen::Index>(losses.train.size()));
  for (std::size_t i = 0; i < losses.train.size(); ++i) {
    table.col(static_cast<Eigen::Index>(i)) << static_cast<double>(i + 1), losses.train[i], losses.validation[i],
        i == losses.best_epoch ? 1.0 : 0.0;
  }
  write_table(folder / "loss.csv", {"epoch", "training", "validation", "kept"}, table);
  return draw(folder, "density_estimation");
}

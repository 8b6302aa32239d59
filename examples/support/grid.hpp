#pragma once

#include <bijou/distributions/calls_of.hpp>
#include <bijou/io/write_csv.hpp>
#include <Eigen/Core>
#include <filesystem>

/// Square cells over a window of the plane, addressed by their centres.
struct Grid {
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  Eigen::Index cells;  // per side

  double cell_area() const { return ((high - low) / static_cast<double>(cells)).prod(); }

  /// The centres of row j, 2 x cells.
  Eigen::Matrix2Xd row(Eigen::Index j) const {
    Eigen::Matrix2Xd points(2, cells);
    for (Eigen::Index i = 0; i < cells; ++i) points.col(i) << centre(0, i), centre(1, j);
    return points;
  }

 private:
  double centre(int coordinate, Eigen::Index index) const {
    return low(coordinate) + (high - low)(coordinate) * (static_cast<double>(index) + 0.5) / static_cast<double>(cells);
  }
};

/// A function of 2 x N points that gives the N densities of a flow, or of anything with a log_prob.
template <class Distribution>
auto density_of(const Distribution& p) {
  return [&p](const Eigen::Matrix2Xd& x) -> Eigen::VectorXd {
    using Points = Eigen::Matrix<typename Distribution::Scalar, 2, Eigen::Dynamic>;
    const Points points = x.cast<typename Distribution::Scalar>();
    return bijou::log_prob(p, points).template cast<double>().array().exp();
  };
}

/// Writes a function of 2 x N points over a grid: a line for each cell, with the digits of a float.
template <class Density>
void write_grid(const std::filesystem::path& path, const Grid& grid, const Density& density) {
  bijou::CsvWriter file(path, {"x", "y", "density"});
  for (Eigen::Index j = 0; j < grid.cells; ++j) {
    Eigen::Matrix3Xf rows(3, grid.cells);
    const Eigen::Matrix2Xd points = grid.row(j);
    rows << points.cast<float>(), density(points).transpose().template cast<float>();
    for (Eigen::Index i = 0; i < grid.cells; ++i) file.row(rows.col(i));
  }
  file.commit();
}

/// The integral of a density over the window, by the midpoint rule.
template <class Density>
double integral(const Grid& grid, const Density& density) {
  double sum = 0;
  for (Eigen::Index j = 0; j < grid.cells; ++j) sum += density(grid.row(j)).sum();
  return sum * grid.cell_area();
}

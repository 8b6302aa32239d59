#pragma once

#include <Eigen/Core>

/// Square cells over a square window, addressed by their centres.
struct Grid {
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  Eigen::Index cells;  // per side

  double x(Eigen::Index i) const { return centre(0, i); }
  double y(Eigen::Index j) const { return centre(1, j); }
  double cell_area() const { return ((high - low) / static_cast<double>(cells)).prod(); }

  /// Row j, 2 x cells.
  Eigen::Matrix2Xf row(Eigen::Index j) const {
    Eigen::Matrix2Xf points(2, cells);
    for (Eigen::Index i = 0; i < cells; ++i) points.col(i) = Eigen::Vector2d(x(i), y(j)).cast<float>();
    return points;
  }

 private:
  double centre(int coordinate, Eigen::Index index) const {
    return low(coordinate) + (high - low)(coordinate) * (static_cast<double>(index) + 0.5) / static_cast<double>(cells);
  }
};

/// Calls use(j, density of row j, as a vector of `cells`) for each row of the grid.
template <class Flow, class Use>
void for_each_row_of_density(const Flow& flow, const Grid& grid, Use use) {
  for (Eigen::Index j = 0; j < grid.cells; ++j) {
    const Eigen::VectorXd density = flow.log_prob(grid.row(j)).template cast<double>().array().exp();
    use(j, density);
  }
}

/// The integral of the density over the window, by the midpoint rule.
template <class Flow>
double integral(const Flow& flow, const Grid& grid) {
  double sum = 0;
  for_each_row_of_density(flow, grid, [&](Eigen::Index, const Eigen::VectorXd& density) { sum += density.sum(); });
  return sum * grid.cell_area();
}

#pragma once

#include <bijou/io/write_csv.hpp>
#include <filesystem>

#include "grid.hpp"

template <class Flow>
void write_density(const std::filesystem::path& path, const Flow& flow, const Grid& grid) {
  bijou::CsvWriter file(path, {"x", "y", "density"});
  for_each_row_of_density(flow, grid, [&](Eigen::Index j, const Eigen::VectorXd& density) {
    for (Eigen::Index i = 0; i < grid.cells; ++i)
      file.row(Eigen::Vector3d(grid.x(i), grid.y(j), density(i)).cast<float>().eval());
  });
  file.commit();
}

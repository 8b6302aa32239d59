#pragma once

#include <bijou/core/parameters.hpp>
#include <array>
#include <tuple>
#include <vector>

/// An object with lists of members of every kind.
namespace laws {

using bijou::Index;
using bijou::parameter;
using bijou::part;
using bijou::state;

struct Layer {
  Eigen::Matrix<double, 2, 3, Eigen::RowMajor> weight;
  Eigen::Vector2d bias;
  int steps = 0;  // not in a list
  std::vector<int> order{2, 0, 1};
  static constexpr auto members() {
    return bijou::Members{parameter("weight", &Layer::weight), state("order", &Layer::order),
                          parameter("bias", &Layer::bias)};
  }
};

struct Nothing {
  static constexpr auto members() { return bijou::Members<>{}; }
};

struct Model {
  std::vector<Layer> layers;
  std::tuple<Nothing, Layer> parts;
  std::array<Layer, 1> array;
  Eigen::VectorXd vector;
  Eigen::Matrix2d column_major;
  Eigen::RowVector3d mean;
  std::array<int, 2> indices{1, 0};
  Index count = 9;
  std::vector<std::vector<int>> degrees{{1}, {2, 3}};
  static constexpr auto members() {
    return bijou::Members{part("layers", &Model::layers),      state("mean", &Model::mean),
                          part("parts", &Model::parts),        part("array", &Model::array),
                          parameter("vector", &Model::vector), parameter("column_major", &Model::column_major),
                          state("indices", &Model::indices),   state("count", &Model::count),
                          state("degrees", &Model::degrees)};
  }
};

// All numbers different: the k-th parameter is k.
inline Model model() {
  Model m;
  m.layers.resize(2);
  m.vector.resize(3);
  Eigen::VectorXd values =
      Eigen::VectorXd::LinSpaced(bijou::parameter_count(m), 0, static_cast<double>(bijou::parameter_count(m) - 1));
  bijou::assign_parameters(m, values);
  m.mean << 1, 2, 3;
  return m;
}

}  // namespace laws

#include <bijou/core/parameters.hpp>
#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace bijou;

namespace {

struct Layer {
  Eigen::Matrix<double, 2, 3, Eigen::RowMajor> weight;
  Eigen::Vector2d bias;
  int steps = 0;  // not in a list
  std::vector<int> order{2, 0, 1};
  static constexpr auto parameter_list() {
    return std::tuple{named("weight", &Layer::weight), named("bias", &Layer::bias)};
  }
  static constexpr auto state_list() { return std::tuple{named("order", &Layer::order)}; }
};

struct Nothing {};

struct Model {
  std::vector<Layer> layers;
  std::tuple<Nothing, Eigen::VectorXd, Layer> parts;
  std::array<Eigen::Vector2d, 2> pair_of_vectors;
  Eigen::Matrix2d column_major;
  Eigen::RowVector3d mean;
  std::array<int, 2> indices{1, 0};
  static constexpr auto parameter_list() {
    return std::tuple{named("layers", &Model::layers), named("parts", &Model::parts),
                      named("vectors", &Model::pair_of_vectors), named("column_major", &Model::column_major)};
  }
  static constexpr auto state_list() {
    return std::tuple{named("layers", &Model::layers), named("mean", &Model::mean), named("indices", &Model::indices)};
  }
};

// All numbers different: the k-th parameter is k.
Model model() {
  Model m;
  m.layers.resize(2);
  std::get<1>(m.parts).resize(3);
  Eigen::VectorXd values =
      Eigen::VectorXd::LinSpaced(parameter_count(m), 0, static_cast<double>(parameter_count(m) - 1));
  assign_parameters(m, values);
  m.mean << 1, 2, 3;
  return m;
}

template <class U>
std::vector<std::string> parameter_names(const U& object) {
  std::vector<std::string> names;
  for_each_named_parameter(object, [&](const std::string& path, const auto&) { names.push_back(path); });
  return names;
}

}  // namespace

TEST_CASE("parameters are named by their path, in the order of the lists", "[parameters]") {
  CHECK(parameter_names(model()) == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight",
                                                             "layers.1.bias", "parts.1", "parts.2.weight",
                                                             "parts.2.bias", "vectors.0", "vectors.1", "column_major"});
  CHECK(parameter_names(Nothing{}).empty());
}

TEST_CASE("states are walked apart from parameters", "[parameters]") {
  const Model m = model();
  std::vector<std::string> names;
  std::vector<double> values;
  for_each_named_state(m, [&](const std::string& path, const auto& member) {
    names.push_back(path);
    for (Index i = 0; i < static_cast<Index>(member.size()); ++i) {
      values.push_back(static_cast<double>(member.data()[i]));
    }
  });
  CHECK(names == std::vector<std::string>{"layers.0.order", "layers.1.order", "mean", "indices"});
  CHECK(values == std::vector<double>{2, 0, 1, 2, 0, 1, 1, 2, 3, 1, 0});
}

TEST_CASE("for_each_parameter visits the members themselves", "[parameters]") {
  Model m = model();
  int visits = 0;
  for_each_parameter(m, [&](auto& member) {
    member.setConstant(5);
    ++visits;
  });
  CHECK(visits == 10);
  CHECK(m.layers[1].weight == decltype(Layer::weight)::Constant(5));
  CHECK(std::get<1>(m.parts) == Eigen::Vector3d::Constant(5));
  CHECK(m.column_major == Eigen::Matrix2d::Constant(5));
  CHECK(m.mean == Eigen::RowVector3d(1, 2, 3));
}

TEST_CASE("parameters are flat, each matrix in its storage order", "[parameters]") {
  const Model m = model();
  CHECK(parameter_count(m) == 2 * 8 + 3 + 8 + 2 * 2 + 4);
  CHECK(parameter_count(Nothing{}) == 0);
  CHECK(m.layers[0].weight(0, 1) == 1);  // row-major
  CHECK(m.layers[0].weight(1, 0) == 3);
  CHECK(m.layers[0].bias(1) == 7);
  CHECK(m.layers[1].weight(0, 0) == 8);
  CHECK(std::get<1>(m.parts)(0) == 16);
  CHECK(m.pair_of_vectors[1](0) == 29);
  CHECK(m.column_major(1, 0) == 32);
  CHECK(m.column_major(0, 1) == 33);

  Eigen::VectorXd flat(parameter_count(m));
  copy_parameters(m, flat);
  CHECK(flat == Eigen::VectorXd::LinSpaced(35, 0, 34));
}

TEST_CASE("copy_parameters and assign_parameters are inverse and take segments", "[parameters]") {
  const Model m = model();
  Eigen::VectorXd two(70);
  copy_parameters(m, two.head(35));
  copy_parameters(m, two.tail(35));
  CHECK(two.head(35) == two.tail(35));

  Model other = model();
  assign_parameters(other, Eigen::VectorXd::Zero(35));
  CHECK(other.column_major.isZero());
  assign_parameters(other, two.tail(35));
  Eigen::VectorXd back(35);
  copy_parameters(other, back);
  CHECK(back == two.head(35));
}

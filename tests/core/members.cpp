#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/model.hpp"

using namespace bijou;
using laws::Layer;
using laws::Model;
using laws::model;
using laws::Nothing;

namespace {

template <class U>
std::vector<std::string> parameter_names(const U& object) {
  std::vector<std::string> names;
  for_each_named_parameter(object, [&](const std::string& path, const auto&) { names.push_back(path); });
  return names;
}

}  // namespace

TEST_CASE("parameters are named by their path, in the order of the lists", "[members]") {
  CHECK(parameter_names(model()) == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight",
                                                             "layers.1.bias", "parts.1.weight", "parts.1.bias",
                                                             "array.0.weight", "array.0.bias", "vector",
                                                             "column_major"});
  CHECK(parameter_names(Nothing{}).empty());
}

TEST_CASE("states are walked apart from parameters", "[members]") {
  const Model m = model();
  std::vector<std::string> names;
  std::vector<double> values;
  for_each_named_state(m, [&]<class U>(const std::string& path, const U& member) {
    names.push_back(path);
    if constexpr (std::is_arithmetic_v<U>) {
      values.push_back(static_cast<double>(member));
    } else {
      for (const auto value : member) values.push_back(static_cast<double>(value));
    }
  });
  CHECK(names == std::vector<std::string>{"layers.0.order", "layers.1.order", "mean", "parts.1.order", "array.0.order",
                                          "indices", "count", "degrees.0", "degrees.1"});
  CHECK(values == std::vector<double>{2, 0, 1, 2, 0, 1, 1, 2, 3, 2, 0, 1, 2, 0, 1, 1, 0, 9, 1, 2, 3});
  Model changed = model();
  for_each_named_state(changed, [&]<class U>(const std::string&, U& member) {
    if constexpr (std::is_same_v<U, Index>) member = 4;
  });
  CHECK(changed.count == 4);
}

TEST_CASE("for_each_parameter visits the members themselves", "[members]") {
  Model m = model();
  int visits = 0;
  for_each_parameter(m, [&](auto& member) {
    member.setConstant(5);
    ++visits;
  });
  CHECK(visits == 10);
  CHECK(m.layers[1].weight == decltype(Layer::weight)::Constant(5));
  CHECK(m.vector == Eigen::Vector3d::Constant(5));
  CHECK(m.column_major == Eigen::Matrix2d::Constant(5));
  CHECK(m.mean == Eigen::RowVector3d(1, 2, 3));
}

// Only lists of members are walked, also of a type that looks like a range.
TEST_CASE("a type with a list is walked by its list, though it is a range", "[members]") {
  struct Both : std::vector<Layer> {
    Eigen::Vector2d own{5, 6};
    static constexpr auto members() { return bijou::Members{parameter("own", &Both::own)}; }
  };
  Both both;
  both.emplace_back();
  CHECK(parameter_names(both) == std::vector<std::string>{"own"});
}

TEST_CASE("a tuple of entries is a list, too", "[members]") {
  struct Own {
    Eigen::Vector2d weight{1, 2};
    Nothing nothing{};
    Layer layer{};
    double factor = 3;
    static constexpr auto members() {
      return std::tuple{parameter("weight", &Own::weight), part("nothing", &Own::nothing), part("layer", &Own::layer),
                        state("factor", &Own::factor)};
    }
  };
  Own own;
  CHECK(parameter_names(own) == std::vector<std::string>{"weight", "layer.weight", "layer.bias"});
  CHECK(parameter_count(own) == 2 + parameter_count(own.layer));
  int states = 0;
  for_each_named_state(own, [&](const std::string&, const auto&) { ++states; });
  CHECK(states == 2);
}

#include <bijou/core/parameters.hpp>
#include <bijou/core/pass.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <type_traits>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/model.hpp"

using namespace bijou;
using laws::Layer;
using laws::Model;
using laws::model;
using laws::Nothing;

TEST_CASE("parameters are flat, each matrix in its storage order", "[parameters]") {
  const Model m = model();
  CHECK(parameter_count(m) == 4 * 8 + 3 + 4);
  CHECK(parameter_count(Nothing{}) == 0);
  CHECK(m.layers[0].weight(0, 1) == 1);  // row-major
  CHECK(m.layers[0].weight(1, 0) == 3);
  CHECK(m.layers[0].bias(1) == 7);
  CHECK(m.layers[1].weight(0, 0) == 8);
  CHECK(std::get<1>(m.parts).weight(0, 0) == 16);
  CHECK(m.array[0].bias(0) == 30);
  CHECK(m.vector(0) == 32);
  CHECK(m.column_major(1, 0) == 36);
  CHECK(m.column_major(0, 1) == 37);

  Eigen::VectorXd flat(parameter_count(m));
  copy_parameters(m, flat);
  CHECK(flat == Eigen::VectorXd::LinSpaced(39, 0, 38));
}

TEST_CASE("copy_parameters and assign_parameters are inverse and take segments", "[parameters]") {
  const Model m = model();
  Eigen::VectorXd two(78);
  copy_parameters(m, two.head(39));
  copy_parameters(m, two.tail(39));
  CHECK(two.head(39) == two.tail(39));

  Model other = model();
  assign_parameters(other, Eigen::VectorXd::Zero(39));
  CHECK(other.column_major.isZero());
  assign_parameters(other, two.tail(39));
  Eigen::VectorXd back(39);
  copy_parameters(other, back);
  CHECK(back == two.head(39));
}

TEST_CASE("parameters are assigned from any vector, and converted to another scalar", "[parameters]") {
  const Model m = model();
  Eigen::MatrixXd rows(2, 39);
  rows.row(1) = Eigen::RowVectorXd::LinSpaced(39, 38, 0);
  Model other = model();
  assign_parameters(other, rows.row(1).transpose());
  CHECK(other.layers[0].weight(0, 0) == 38);
  CHECK(other.column_major(1, 1) == 0);
  assign_parameters(other, 2 * Eigen::VectorXd::LinSpaced(39, 0, 38));
  CHECK(other.column_major(1, 0) == 72);
  Eigen::VectorXf in_float(39);
  copy_parameters(m, in_float);
  CHECK(in_float == Eigen::VectorXf::LinSpaced(39, 0, 38));
  assign_parameters(other, in_float);
  CHECK(other.vector == m.vector);
}

namespace {

// What gradients() takes of a pullback.
struct Back {
  ParameterGradient<double> parameter_gradient;
  Pass<double>& pass;
};

}  // namespace

TEST_CASE("gradients() are views of the flat gradient, in the order of parameters and parts", "[parameters]") {
  const Model m = model();
  Eigen::VectorXd flat = Eigen::VectorXd::LinSpaced(39, 0, 38);
  Arena arena;
  Pass<double> pass{arena};
  const Back p{ParameterGradient<double>(flat.data(), 39), pass};
  auto [layers, parts, array, vector, column_major] = gradients(m, p);
  static_assert(std::is_same_v<decltype(layers), ParameterGradient<double>>);
  static_assert(std::is_same_v<decltype(array), ParameterGradient<double>>);
  static_assert(decltype(vector)::SizeAtCompileTime == Eigen::Dynamic);
  static_assert(decltype(column_major)::RowsAtCompileTime == 2 && decltype(column_major)::ColsAtCompileTime == 2);
  static_assert(!decltype(column_major)::IsRowMajor);
  CHECK(layers.data() == flat.data());
  CHECK(layers.size() == 16);
  CHECK(parts.data() == flat.data() + 16);
  CHECK(parts.size() == 8);
  CHECK(array.data() == flat.data() + 24);
  CHECK(array.size() == 8);
  CHECK(vector.data() == flat.data() + 32);
  CHECK(vector.size() == 3);
  CHECK(column_major(1, 0) == 36);
  CHECK(column_major(0, 1) == 37);
  vector += 100;
  CHECK(flat(31) == 31);
  CHECK(flat(34) == 134);
  CHECK(flat(35) == 35);
  CHECK(arena.capacity() == 0);
}

TEST_CASE("gradients() of a row-major matrix is row-major, state is left out", "[parameters]") {
  Eigen::VectorXd flat = Eigen::VectorXd::LinSpaced(8, 0, 7);
  Arena arena;
  Pass<double> pass{arena};
  const Back p{ParameterGradient<double>(flat.data(), 8), pass};
  const Layer layer;
  auto [weight, bias] = gradients(layer, p);
  static_assert(decltype(weight)::IsRowMajor && decltype(weight)::ColsAtCompileTime == 3);
  static_assert(decltype(bias)::RowsAtCompileTime == 2 && decltype(bias)::ColsAtCompileTime == 1);
  CHECK(weight(0, 1) == 1);
  CHECK(weight(1, 0) == 3);
  CHECK(bias(0) == 6);
  static_assert(std::tuple_size_v<decltype(gradients(Nothing{}, p))> == 0);
}

TEST_CASE("gradients() that nobody reads are scratch memory of the right shapes, and empty for parts", "[parameters]") {
  const Model m = model();
  Arena arena;
  Pass<double> pass{arena};
  {
    const Arena::Frame frame(arena);
    arena.zeros<double>(400).setConstant(std::numeric_limits<double>::quiet_NaN());
  }
  const Arena::Frame frame(arena);
  auto [layers, parts, array, vector, column_major] = gradients(m, Back{{nullptr, 0}, pass});
  CHECK(layers.size() == 0);
  CHECK(parts.size() == 0);
  CHECK(array.size() == 0);
  CHECK((vector == 0).all());
  CHECK(vector.size() == 3);
  CHECK((column_major == 0).all());
  column_major += 1;
  CHECK((vector == 0).all());
}

TEST_CASE("has_parameters says whether training changes anything", "[parameters]") {
  struct OnlyState {
    int number = 3;
    static constexpr auto members() { return bijou::Members{state("number", &OnlyState::number)}; }
  };
  CHECK(detail::has_parameters<Model>());
  CHECK(detail::has_parameters<Layer>());
  CHECK_FALSE(detail::has_parameters<Nothing>());
  CHECK_FALSE(detail::has_parameters<OnlyState>());
}

namespace {

struct Scales {
  Eigen::Vector3f finite{1, 2, 3};
  Eigen::Vector2f factor{4, -5};
  Eigen::Vector2f log_scale{0, 1};
  static constexpr auto members() {
    return bijou::Members{parameter("finite", &Scales::finite), parameter<FiniteReciprocal>("factor", &Scales::factor),
                          parameter<LogOfScale>("log_scale", &Scales::log_scale)};
  }
};

std::string refusal_of(Index entry, float value) {
  Eigen::VectorXf values(7);
  values << 1, 2, 3, 4, -5, 0, 1;
  values(entry) = value;
  Scales own;
  assign_parameters(own, values);
  const std::string of_own = message_of([&] { detail::require_parameters("Flow", own); });
  CHECK(message_of([&] { detail::require_parameters("Flow", Scales{}, values.data()); }) == of_own);
  return of_own;
}

}  // namespace

TEST_CASE("a number that breaks the constraint of its parameter is named", "[parameters]") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::string factor = "Flow: factor must be finite and not zero, with a finite reciprocal, got ";
  const std::string log_scale =
      "Flow: log_scale must be the logarithm of a scale that, like its reciprocal, is a normal number, got ";
  CHECK(refusal_of(0, -7) == "nothing was thrown");
  CHECK(refusal_of(0, 0) == "nothing was thrown");
  CHECK(refusal_of(2, infinity) == "Flow: finite must be finite, got inf in coordinate 2");
  CHECK(refusal_of(1, std::nanf("")) == "Flow: finite must be finite, got nan in coordinate 1");
  CHECK(refusal_of(3, 0) == factor + "0 in coordinate 0");
  CHECK(refusal_of(4, 1e-39f) == factor + "1e-39 in coordinate 1");
  CHECK(refusal_of(4, -infinity) == factor + "-inf in coordinate 1");
  CHECK(refusal_of(4, 1e-38f) == "nothing was thrown");
  CHECK(refusal_of(5, 86) == "nothing was thrown");
  CHECK(refusal_of(5, 88) == log_scale + "88 in coordinate 0");
  CHECK(refusal_of(6, -88) == log_scale + "-88 in coordinate 1");
}

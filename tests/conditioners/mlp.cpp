#include <bijou/conditioners/mlp.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::Mlp;
using bijou::activations::Gelu;
using bijou::activations::Tanh;

static_assert(bijou::Conditioner<Mlp<float>>);
static_assert(bijou::Conditioner<Mlp<double, Tanh>>);

TEST_CASE("Mlp: laws", "[mlp]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::Mlp>);
  laws::check_conditioner([]<class T>(T, auto& rng) { return Mlp<T>{3, 4, {6, 7}, rng}; }, true);
}

TEST_CASE("Mlp: laws with a context", "[mlp]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return Mlp<T, Gelu>{2, 3, {{6}, 2}, rng}; });
}

TEST_CASE("Mlp: laws with residual connections", "[mlp]") {
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return Mlp<T, Gelu, bijou::Residual>{2, 3, {{6, 6, 6}, 2}, rng}; });
}

TEMPLATE_TEST_CASE("Mlp: h_0 = (context, x), h_l = A(W_l h_{l-1} + b_l)", "[mlp]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{1};
  const Mlp<T, Tanh> mlp{3, 4, {{6, 5}, 2}, rng};
  CHECK(mlp.input_size() == 3);
  CHECK(mlp.output_size() == 4);
  CHECK(mlp.context_size() == 2);
  const laws::Matrix<T> x = laws::normals<T>(3, 21, rng);
  const laws::Matrix<T> context = laws::normals<T>(2, 21, rng);
  Eigen::MatrixXd h(5, 21);
  h << context.template cast<double>(), x.template cast<double>();
  for (std::size_t l = 0; l < 3; ++l) {
    const auto& layer = mlp.layers()[l];
    CHECK((layer.weight().array() != T(0)).all());
    h = ((layer.weight().template cast<double>() * h).colwise() + layer.bias().template cast<double>()).eval();
    if (l < 2) h = h.array().tanh().matrix().eval();
  }
  laws::check_close(laws::evaluate(mlp, x, context), h, 100 * laws::Tolerance<T>::rounding);
}

TEST_CASE("Mlp: sizes", "[mlp]") {
  std::mt19937_64 rng{1};
  const Mlp<float, Tanh> mlp{3, 4, {6, 5}, rng};
  CHECK(bijou::parameter_count(mlp) == 24 + 35 + 24);
  CHECK(mlp.steps() == 1);
}

TEST_CASE("Mlp: refuses sizes that make no sense", "[mlp]") {
  std::mt19937_64 rng{1};
  using M = Mlp<double, Tanh>;
  using Options = bijou::NetworkOptions;
  const Options hidden{4};
  const std::string negative = "Mlp: a network cannot have fewer than zero inputs or outputs";
  CHECK(message_of([&] { M(-1, 2, hidden, rng); }) == negative);
  CHECK(message_of([&] { M(2, -1, hidden, rng); }) == negative);
  CHECK(message_of([&] { M(2, 2, Options{4, 0}, rng); }) == "Mlp: a hidden layer needs at least one unit, got 0");
  CHECK(message_of([&] { M(2, 2, Options{-3}, rng); }) == "Mlp: a hidden layer needs at least one unit, got -3");
  CHECK(message_of([&] { M(2, 2, Options({4}, -1), rng); }) == "Mlp: expected a context of at least 0 rows, got -1");
  CHECK(message_of([&] { M(2, 2, Options({}), rng); }) == "Mlp: expected at least one hidden layer, got none");
}

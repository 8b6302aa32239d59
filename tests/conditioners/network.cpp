#include <bijou/conditioners/network.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::Network;
using bijou::activations::Silu;
using bijou::activations::Tanh;

template class bijou::Network<float, Tanh>;
template class bijou::Network<double, Silu>;
template class bijou::Network<double, Silu, bijou::Residual>;

namespace {

using Degrees = std::vector<int>;

// Gaps, repeats, and inputs that nothing sees.
template <class T, class A, class Rng>
Network<T, A> uneven(Rng& rng) {
  return {std::vector<Degrees>{{0, 1, 1, 3, 4}, {0, 1, 1, 2, 2, 2, 3}, {1, 1, 3, 3, 3}, {1, 2, 2, 3, 4, 4}}, 4, 0, rng};
}

// Two blocks of two layers behind the first one.
template <class T, class A, class Rng>
Network<T, A, bijou::Residual> residual(Rng& rng) {
  std::vector<Degrees> degrees(7, Degrees{0, 1, 1, 2, 2, 2, 3});
  degrees.front() = {0, 1, 1, 3, 4};
  degrees.back() = {1, 2, 2, 3, 4, 4};
  return {degrees, 4, 0, rng};
}

}  // namespace

TEST_CASE("Network: laws of a conditioner", "[network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return uneven<T, Tanh>(rng); });
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::Network>);
}

TEST_CASE("Network: laws of a conditioner, residual connections", "[network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return residual<T, Tanh>(rng); });
  laws::check_conditioner([]<class T>(T, auto& rng) { return residual<T, Silu>(rng); });
}

TEST_CASE("Network: a unit sees degrees up to its own, an output smaller ones", "[network]") {
  std::mt19937_64 rng{1};
  const auto network = uneven<double, Tanh>(rng);
  const auto ends = [&](std::size_t l) {
    std::vector<Eigen::Index> result;
    for (Eigen::Index r = 0; r < network.layers()[l].rows(); ++r) result.push_back(network.layers()[l].visible(r));
    return result;
  };
  CHECK(ends(0) == std::vector<Eigen::Index>{1, 3, 3, 3, 3, 3, 4});
  CHECK(ends(1) == std::vector<Eigen::Index>{3, 3, 7, 7, 7});
  CHECK(ends(2) == std::vector<Eigen::Index>{0, 2, 2, 2, 5, 5});
  CHECK(network.input_size() == 5);
  CHECK(network.output_size() == 6);
  CHECK(network.steps() == 4);
}

TEMPLATE_TEST_CASE("Network: computes h = A(W h + b) with masked weights", "[network]", float, double) {
  using T = TestType;
  std::mt19937_64 rng{1};
  const auto c = uneven<T, Tanh>(rng);
  const laws::Matrix<T> in = laws::normals<T>(5, 21, rng);
  Eigen::MatrixXd h = in.template cast<double>();
  for (std::size_t l = 0; l < 3; ++l) {
    const auto& layer = c.layers()[l];
    h = ((layer.weight().template cast<double>() * h).colwise() + layer.bias().template cast<double>()).eval();
    if (l < 2) h = h.array().tanh().matrix().eval();
  }
  laws::check_close(laws::evaluate(c, in), h, 100 * laws::Tolerance<T>::rounding);
}

TEMPLATE_TEST_CASE("Network: residual blocks compute h + W' A(W A(h) + b) + b'", "[network]", float, double) {
  using T = TestType;
  std::mt19937_64 rng{1};
  const auto c = residual<T, Tanh>(rng);
  const laws::Matrix<T> in = laws::normals<T>(5, 21, rng);
  const auto linear = [&](std::size_t l, const Eigen::MatrixXd& x) -> Eigen::MatrixXd {
    const auto& layer = c.layers()[l];
    return (layer.weight().template cast<double>() * x).colwise() + layer.bias().template cast<double>();
  };
  const auto activate = [](const Eigen::MatrixXd& x) -> Eigen::MatrixXd { return x.array().tanh(); };
  REQUIRE(c.layers().size() == 6);
  Eigen::MatrixXd h = linear(0, in.template cast<double>());
  h += linear(2, activate(linear(1, activate(h))));
  h += linear(4, activate(linear(3, activate(h))));
  const Eigen::MatrixXd expected = linear(5, h);
  laws::check_close(laws::evaluate(c, in), expected, 100 * laws::Tolerance<T>::rounding);
  laws::check_close(laws::evaluate(c, laws::Matrix<T>(in.col(3))), expected.col(3), 100 * laws::Tolerance<T>::rounding);
}

TEMPLATE_TEST_CASE("Network: reads and writes no weight behind the staircase", "[network]", float, double) {
  std::mt19937_64 rng{2};
  const auto smooth = uneven<TestType, Silu>(rng);
  laws::check_outside(smooth, laws::normals<TestType>(5, 21, rng));
  laws::check_outside(uneven<TestType, Tanh>(rng), laws::normals<TestType>(5, 130, rng));
  laws::check_outside(residual<TestType, Tanh>(rng), laws::normals<TestType>(5, 21, rng));
  laws::check_outside(residual<TestType, Tanh>(rng), laws::normals<TestType>(5, 1, rng));
}

TEMPLATE_TEST_CASE("Network: step by step is all at once", "[network]", float, double) {
  std::mt19937_64 rng{3};
  for (const Eigen::Index events : {1, 21}) {
    laws::check_steps(uneven<TestType, Silu>(rng), 4, laws::Given::all, events);
    laws::check_steps(residual<TestType, Tanh>(rng), 4, laws::Given::all, events);
  }
}

TEST_CASE("Network: starts uniform in +-1 / sqrt(fan-in), the last layer in a thousandth of that", "[network]") {
  std::mt19937_64 rng{4};
  const Network<double, Tanh> network{std::vector<Degrees>{Degrees(100, 0), Degrees(200, 0), Degrees(50, 1)}, 1, 0,
                                      rng};
  for (std::size_t l = 0; l < 2; ++l) {
    const auto& layer = network.layers()[l];
    const double bound = (l == 1 ? 0.001 : 1) / std::sqrt(static_cast<double>(layer.columns()));
    CHECK(layer.weight().cwiseAbs().maxCoeff() <= bound);
    CHECK(layer.bias().cwiseAbs().maxCoeff() <= bound);
    CHECK(layer.weight().maxCoeff() > 0.99 * bound);
    CHECK(layer.weight().minCoeff() < -0.99 * bound);
    CHECK(layer.bias().maxCoeff() > 0.8 * bound);
    // 10^4 draws or more: the mean square of a uniform variable is bound^2 / 3 to a few percent.
    CHECK(layer.weight().squaredNorm() / static_cast<double>(layer.weight().size()) ==
          Approx(bound * bound / 3).epsilon(0.05));
  }
}

TEST_CASE("Network: draws only what the staircase has, in the same order in float", "[network]") {
  std::mt19937_64 first{5};
  std::mt19937_64 second{5};
  const auto in_double = uneven<double, Tanh>(first);
  const auto in_float = uneven<float, Tanh>(second);
  CHECK(first() == second());
  for (std::size_t l = 0; l < 3; ++l) {
    const auto& layer = in_double.layers()[l];
    CHECK(layer.weight().cast<float>() == in_float.layers()[l].weight());
    CHECK(layer.bias().cast<float>() == in_float.layers()[l].bias());
    for (Eigen::Index r = 0; r < layer.rows(); ++r) {
      const auto row = layer.weight().row(r);
      CHECK((row.head(layer.visible(r)).array() != 0).all());
      CHECK((row.tail(row.size() - layer.visible(r)).array() == 0).all());
    }
  }
}

TEST_CASE("Network: names of parameters and state", "[network]") {
  std::mt19937_64 rng{4};
  const auto network = uneven<float, Tanh>(rng);
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const auto&) { names.push_back(name); };
  bijou::for_each_named_parameter(network, add);
  bijou::for_each_named_state(network, add);
  CHECK(names == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
                                          "layers.2.weight", "layers.2.bias", "degrees.0", "degrees.1", "degrees.2",
                                          "degrees.3", "context_size"});
}

TEST_CASE("Network: refuses a context of another size", "[network]") {
  std::mt19937_64 rng{4};
  const auto network = uneven<double, Tanh>(rng);
  const laws::Matrix<double> x = laws::Matrix<double>::Ones(5, 3);
  // One that reads none leaves a context to others.
  CHECK_NOTHROW(laws::evaluate(network, x, laws::Matrix<double>(laws::Matrix<double>::Ones(2, 3))));
  const bijou::Mlp<double> reads{3, 2, {{4}, 2}, rng};
  CHECK(message_of([&] { laws::evaluate(reads, x.topRows(3).eval(), laws::Matrix<double>(0, 3)); }) ==
        "Network: expected a context of 2 rows, got 0");
}

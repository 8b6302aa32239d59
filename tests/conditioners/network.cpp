#include <bijou/conditioners/network.hpp>

#include "support/conditioner_laws.hpp"

using bijou::Network;
using bijou::activations::Silu;
using bijou::activations::Tanh;

template class bijou::Network<float, Tanh>;
template class bijou::Network<double, Silu>;

namespace {

using Degrees = std::vector<int>;

// Gaps, repeats, and inputs that nothing sees.
template <class T, class A, class Rng>
Network<T, A> uneven(Rng& rng) {
  return {{0, 1, 1, 3, 4}, {{0, 1, 1, 2, 2, 2, 3}, {1, 1, 3, 3, 3}}, {1, 2, 2, 3, 4, 4}, 4, rng};
}

// Two blocks of two layers behind the first one.
template <class T, class A, class Rng>
Network<T, A> residual(Rng& rng) {
  const Degrees hidden{0, 1, 1, 2, 2, 2, 3};
  return {{0, 1, 1, 3, 4}, {5, hidden}, {1, 2, 2, 3, 4, 4}, 4, rng, bijou::Connections::residual};
}

// A network as a conditioner: what Made and Mlp make of it, in one step.
template <class T, class A>
struct Whole {
  using Scalar = T;
  using Cache = typename Network<T, A>::Cache;
  Network<T, A> network;
  static constexpr auto parameter_list() { return std::tuple{bijou::named("network", &Whole::network)}; }
  Eigen::Index input_size() const { return network.input_size(); }
  Eigen::Index output_size() const { return network.output_size(); }
  Eigen::Index context_size() const { return 0; }
  void evaluate(bijou::ConstTile<T> x, bijou::Tile<T> out, Cache& cache, bijou::Pass<T>& pass) const {
    network.start(x, cache, pass);
    network.evaluate_steps(0, network.steps(), out, cache);
  }
  void pullback(bijou::ConstTile<T> g, bijou::Tile<T> x_gradient, bijou::ParameterGradient<T> gradient,
                const Cache& cache, bijou::Pass<T>& pass) const {
    const auto sums = network.start_pullback(g, pass);
    network.pull_back_steps(0, network.steps(), sums, x_gradient, cache);
    if (pass.parameter_gradient) network.add_parameter_gradient(sums, gradient, cache, pass);
  }
};

template <class T, class A>
Whole<T, A> uneven_whole(std::mt19937_64& rng) {
  return {uneven<T, A>(rng)};
}

template <class T, class A>
Whole<T, A> residual_whole(std::mt19937_64& rng) {
  return {residual<T, A>(rng)};
}

}  // namespace

TEST_CASE("Network: laws of a conditioner", "[network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return uneven_whole<T, Tanh>(rng); });
  laws::check_conditioner([]<class T>(T, auto& rng) { return uneven_whole<T, Silu>(rng); });
}

TEST_CASE("Network: laws of a conditioner, residual connections", "[network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return residual_whole<T, Tanh>(rng); });
  laws::check_conditioner([]<class T>(T, auto& rng) { return residual_whole<T, Silu>(rng); });
}

TEST_CASE("Network: a unit sees degrees up to its own, an output smaller ones", "[network]") {
  std::mt19937_64 rng{1};
  const auto network = uneven<double, Tanh>(rng);
  const auto ends = [&](std::size_t l) {
    std::vector<Eigen::Index> result;
    for (Eigen::Index r = 0; r < network.layers[l].weight.rows(); ++r) result.push_back(network.visible(l, r));
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
  const auto c = uneven_whole<T, Tanh>(rng);
  const laws::Matrix<T> in = laws::normals<T>(5, 21, rng);
  Eigen::MatrixXd h = in.template cast<double>();
  for (std::size_t l = 0; l < 3; ++l) {
    const auto& layer = c.network.layers[l];
    h = ((layer.weight.template cast<double>() * h).colwise() + layer.bias.template cast<double>()).eval();
    if (l < 2) h = h.array().tanh().matrix().eval();
  }
  laws::check_close(laws::evaluate(c, in), h, 100 * laws::Tolerance<T>::rounding);
}

TEMPLATE_TEST_CASE("Network: residual blocks compute h + W' A(W A(h) + b) + b'", "[network]", float, double) {
  using T = TestType;
  std::mt19937_64 rng{1};
  const auto c = residual_whole<T, Tanh>(rng);
  const laws::Matrix<T> in = laws::normals<T>(5, 21, rng);
  const auto linear = [&](std::size_t l, const Eigen::MatrixXd& x) -> Eigen::MatrixXd {
    const auto& layer = c.network.layers[l];
    return (layer.weight.template cast<double>() * x).colwise() + layer.bias.template cast<double>();
  };
  const auto activate = [](const Eigen::MatrixXd& x) -> Eigen::MatrixXd { return x.array().tanh(); };
  REQUIRE(c.network.layers.size() == 6);
  Eigen::MatrixXd h = linear(0, in.template cast<double>());
  h += linear(2, activate(linear(1, activate(h))));
  h += linear(4, activate(linear(3, activate(h))));
  const Eigen::MatrixXd expected = linear(5, h);
  laws::check_close(laws::evaluate(c, in), expected, 100 * laws::Tolerance<T>::rounding);
  laws::check_close(laws::evaluate(c, laws::Matrix<T>(in.col(3))), expected.col(3), 100 * laws::Tolerance<T>::rounding);
}

TEMPLATE_TEST_CASE("Network: reads and writes no weight behind the staircase", "[network]", float, double) {
  std::mt19937_64 rng{2};
  const auto smooth = uneven_whole<TestType, Silu>(rng);
  laws::check_outside(smooth, laws::normals<TestType>(5, 21, rng));
  laws::check_outside(uneven_whole<TestType, Tanh>(rng), laws::normals<TestType>(5, 130, rng));
  laws::check_outside(residual_whole<TestType, Tanh>(rng), laws::normals<TestType>(5, 21, rng));
  laws::check_outside(residual_whole<TestType, Tanh>(rng), laws::normals<TestType>(5, 1, rng));
}

// The values to the last bit; in the pullback steps group the rows of a product in other blocks, whose sums over
// outputs start elsewhere.
template <class T, class A>
void check_steps(const Whole<T, A>& c, Eigen::Index events) {
  INFO(events << " events");
  using bijou::detail::as_const;
  std::mt19937_64 rng{laws::seed};
  const auto& network = c.network;
  const laws::Matrix<T> x = laws::normals<T>(5, events, rng);
  const laws::Matrix<T> w = laws::normals<T>(6, events, rng);
  const laws::TilePass<T> expected = laws::evaluate_and_pull_back(c, x, w);

  bijou::Arena arena;
  bijou::Pass<T> pass{arena, true};
  typename Network<T, A>::Cache cache;
  bijou::Tile<T> in = laws::tile_of(x, arena);
  bijou::Tile<T> out = laws::blank<T>(6, events, arena);
  network.start(as_const(in), cache, pass);
  for (int step = 0; step < network.steps(); ++step) network.evaluate_steps(step, step + 1, out, cache);
  laws::check_same_bits(out.matrix(), expected.value);
  bijou::Tile<T> gradient = laws::blank<T>(5, events, arena);
  bijou::Tile<T> out_gradient = laws::tile_of(w, arena);
  const auto sums = network.start_pullback(as_const(out_gradient), pass);
  for (int step = network.steps() - 1; step >= 0; --step) {
    network.pull_back_steps(step, step + 1, sums, gradient, cache);
  }
  laws::check_close(gradient.matrix(), expected.input_gradient, laws::Tolerance<T>::rounding);
  laws::Vector<T> flat = laws::Vector<T>::Zero(expected.gradient.size());
  network.add_parameter_gradient(sums, bijou::ParameterGradient<T>(flat.data(), flat.size()), cache, pass);
  laws::check_close(flat, expected.gradient, 10 * laws::Tolerance<T>::rounding);
}

TEMPLATE_TEST_CASE("Network: step by step is all at once", "[network]", float, double) {
  std::mt19937_64 rng{3};
  for (const Eigen::Index events : {1, 21}) {
    check_steps(uneven_whole<TestType, Silu>(rng), events);
    check_steps(residual_whole<TestType, Tanh>(rng), events);
  }
}

TEST_CASE("Network: starts uniform in +-1 / sqrt(fan-in), zero behind the staircase", "[network]") {
  std::mt19937_64 rng{4};
  const Network<double, Tanh> network{Degrees(100, 0), {Degrees(200, 0)}, Degrees(50, 1), 1, rng};
  for (const auto& layer : network.layers) {
    const double bound = 1 / std::sqrt(static_cast<double>(layer.weight.cols()));
    CHECK(layer.weight.cwiseAbs().maxCoeff() <= bound);
    CHECK(layer.bias.cwiseAbs().maxCoeff() <= bound);
    CHECK(layer.weight.maxCoeff() > 0.99 * bound);
    CHECK(layer.weight.minCoeff() < -0.99 * bound);
    CHECK(layer.bias.maxCoeff() > 0.8 * bound);
    // 10^4 draws or more: the mean square of a uniform variable is bound^2 / 3 to a few percent.
    CHECK(layer.weight.squaredNorm() / static_cast<double>(layer.weight.size()) ==
          Approx(bound * bound / 3).epsilon(0.05));
  }
}

TEST_CASE("Network: draws only what the staircase has, in the same order in float", "[network]") {
  std::mt19937_64 first{5};
  std::mt19937_64 second{5};
  const auto twice = uneven<double, Tanh>(first);
  const auto single = uneven<float, Tanh>(second);
  CHECK(first() == second());
  for (std::size_t l = 0; l < 3; ++l) {
    CHECK(twice.layers[l].weight.cast<float>() == single.layers[l].weight);
    CHECK(twice.layers[l].bias.cast<float>() == single.layers[l].bias);
    for (Eigen::Index r = 0; r < twice.layers[l].weight.rows(); ++r) {
      const auto row = twice.layers[l].weight.row(r);
      CHECK((row.head(twice.visible(l, r)).array() != 0).all());
      CHECK((row.tail(row.size() - twice.visible(l, r)).array() == 0).all());
    }
  }
}

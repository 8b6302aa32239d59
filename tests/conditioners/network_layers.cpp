#include <bijou/conditioners/network_layers.hpp>

#include "support/conditioner_laws.hpp"
#include "support/networks.hpp"

using namespace networks;

TEST_CASE("NetworkLayers: a unit sees degrees up to its own, an output smaller ones", "[network_layers]") {
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

TEST_CASE("NetworkLayers: starts uniform in +-1 / sqrt(fan-in), the last layer in a thousandth of that",
          "[network_layers]") {
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

TEST_CASE("NetworkLayers: draws only what the staircase has, in the same order in float", "[network_layers]") {
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

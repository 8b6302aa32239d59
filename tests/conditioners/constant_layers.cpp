#include <bijou/conditioners/constant_layers.hpp>
#include <bijou/conditioners/network_layers.hpp>

#include "support/constant_networks.hpp"
#include "support/laws.hpp"

using namespace constant_networks;

TEST_CASE("ConstantLayers: the shapes and numbers of layers that are owned", "[constant_layers]") {
  const Owned<double> owned_network = owned<double>();
  const bijou::detail::NetworkLayers<double>& owned = owned_network;
  using Layers = bijou::detail::ConstantLayers<Constants<double>, Connections>;
  STATIC_REQUIRE(Layers::layer_count() == 4);
  STATIC_REQUIRE(Layers::hidden_size() == 15);
  REQUIRE(owned.layer_count() == Layers::layer_count());
  REQUIRE(owned.context_layer_count() == Layers::context_layer_count());
  CHECK(owned.context_size() == Layers::context_size());
  CHECK(owned.hidden_size() == Layers::hidden_size());
  CHECK(owned.steps() == Layers::steps());
  for (int s = 0; s <= 4; ++s) CHECK(owned.first_input(s) == Layers::first_input(s));
  const auto check_same = [](const auto& a, const auto& b) {
    REQUIRE(a.rows() == b.rows());
    REQUIRE(a.columns() == b.columns());
    for (Index r = 0; r < a.rows(); ++r) CHECK(a.visible(r) == b.visible(r));
    for (int s = 0; s <= 3; ++s) CHECK(a.first_row(s) == b.first_row(s));
  };
  for (std::size_t l = 0; l < 4; ++l) check_same(owned.layer_at(l), Layers::layer_at(l));
  for (std::size_t k = 0; k < Layers::context_layer_count(); ++k) {
    check_same(owned.context_layer_at(k), Layers::context_layer_at(k));
  }
}

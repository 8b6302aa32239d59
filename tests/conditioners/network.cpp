#include <bijou/conditioners/network.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"
#include "support/networks.hpp"

using namespace networks;

TEST_CASE("Network: laws of a conditioner", "[network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return uneven<T, Tanh>(rng); });
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::Network>);
}

TEST_CASE("Network: laws of a conditioner, residual connections", "[network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return residual<T, Tanh>(rng); });
  laws::check_conditioner([]<class T>(T, auto& rng) { return residual<T, Silu>(rng); });
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

#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/conditioners/residual.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::Made;
using bijou::Residual;
using bijou::activations::Tanh;

TEST_CASE("Residual: laws", "[residual]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::ResidualMade>);
}

// Layers 2, 4, ... get the pre-activations of two layers before; the last hidden layer is left as the sum.
TEST_CASE("Residual: which layers get a sum, and which an activation", "[residual]") {
  for (std::size_t l = 0; l < 5; ++l) {
    INFO(l);
    CHECK(Residual::adds_skip(l, 5) == (l == 2 || l == 4));
    CHECK(Residual::activates(l, 5) == (l != 4));
  }
  CHECK_FALSE(Residual::adds_skip(6, 5));
  CHECK_FALSE(Residual::adds_skip(0, 1));
}

TEST_CASE("Residual: refuses layers that cannot be added", "[residual]") {
  std::mt19937_64 rng{1};
  using M = Made<double, Tanh, Residual>;
  using Layers = std::vector<std::vector<int>>;
  const std::string expected =
      "Residual: residual connections take an odd number of hidden layers with the same degrees";
  CHECK(message_of([&] { M(2, 2, {4, 4}, rng); }) == expected);
  CHECK(message_of([&] { M(2, 2, {4, 4, 5}, rng); }) == expected);
  CHECK(message_of([&] { M(3, 2, Layers{{1, 2}, {1, 1}, {1, 2}}, rng); }) == expected);
  CHECK(message_of([&] { M(3, 2, bijou::NetworkOptions({}), rng); }) ==
        "Made: expected at least one hidden layer, got none");
  CHECK(M(3, 2, {4}, rng).layers().size() == 2);
}

TEST_CASE("Residual blocks with a context: laws", "[residual]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::ResidualMadeWithContext>);
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::GatedResidualMlp>);
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return Made<T, Tanh, bijou::ResidualWithContext>{1, 2, {{4, 4, 4}, 2}, rng}; });
  // Without a context they are Residual.
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return Made<T, Tanh, bijou::ResidualWithContext>{3, 2, {4, 4, 4}, rng}; });
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return bijou::Mlp<T, Tanh, bijou::GatedResidual>{3, 2, {4, 4, 4}, rng}; });
}

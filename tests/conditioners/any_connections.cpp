#include <bijou/conditioners/any_connections.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"

using namespace bijou;
using detail::AnyActivation;
using detail::AnyConnections;

TEST_CASE("AnyConnections are the connections of their name", "[any_connections]") {
  CHECK(AnyConnections::names() == std::vector<std::string_view>{"FeedForward", "FeedForwardWithContext", "Residual",
                                                                 "ResidualWithContext", "GatedResidual"});
  CHECK_FALSE(AnyConnections::of_name("residual").has_value());
  const AnyConnections gated = *AnyConnections::of_name("GatedResidual");
  CHECK(gated.keeps_preactivations);
  CHECK(gated.joins_context);
  CHECK(gated.adds_skip(2, 3));
  CHECK_FALSE(gated.activates(2, 3));
  CHECK(gated.context_role(2, 3) == ContextRole::gate);
  CHECK(gated.policy_name() == "GatedResidual");
}

TEST_CASE("a network with connections decided at run time satisfies the laws", "[any_connections]") {
  using Degrees = std::vector<int>;
  for (const std::string_view name : AnyConnections::names()) {
    const AnyConnections connections = *AnyConnections::of_name(name);
    laws::check_conditioner([&]<class T>(T, auto& rng) {
      const Degrees inputs = connections.joins_context ? Degrees{0, 0, 1, 2, 3} : Degrees{1, 2, 3};
      const Degrees hidden{0, 1, 1, 2};
      return Network<T, AnyActivation, AnyConnections>{std::vector<Degrees>{inputs, hidden, hidden, hidden, {1, 2, 3}},
                                                       3,
                                                       2,
                                                       rng,
                                                       *AnyActivation::of_name("Tanh"),
                                                       connections};
    });
  }
}

#include <bijou/conditioners/any_activation.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"

using namespace bijou;
using detail::AnyActivation;

TEST_CASE("AnyActivation is the activation of its name", "[any_activation]") {
  CHECK(AnyActivation::names() ==
        std::vector<std::string_view>{"Relu", "LeakyRelu", "Tanh", "Sigmoid", "Elu", "Softplus", "Silu", "Gelu"});
  CHECK_FALSE(AnyActivation::of_name("relu").has_value());
  for (const std::string_view name : AnyActivation::names()) {
    const AnyActivation activation = *AnyActivation::of_name(name);
    CHECK(activation.policy_name() == name);
    int calls = 0;
    activation.visit([&]<class A>(A) {
      ++calls;
      CHECK(policy_name<A> == name);
      CHECK(A::derivative_needs_input == activation.derivative_needs_input);
    });
    CHECK(calls == 1);
  }
}

TEST_CASE("a network with an activation decided at run time satisfies the laws", "[any_activation]") {
  using Degrees = std::vector<int>;
  for (const char* const name : {"Tanh", "Silu"}) {
    laws::check_conditioner([&]<class T>(T, auto& rng) {
      return Network<T, AnyActivation>{std::vector<Degrees>{{1, 2, 3}, {1, 1, 2}, {1, 2, 2}, {1, 2, 3}}, 3, 0, rng,
                                       *AnyActivation::of_name(name)};
    });
  }
}

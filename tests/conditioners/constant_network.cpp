#include <bijou/conditioners/constant_network.hpp>

#include "support/conditioner_laws.hpp"
#include "support/constant_networks.hpp"

using namespace constant_networks;

static_assert(bijou::SequentialConditioner<Constant<float>>);

TEST_CASE("ConstantNetwork: laws of a conditioner", "[constant_network]") {
  laws::check_conditioner([]<class T>(T, auto&) { return Constant<T>(); });
}

TEMPLATE_TEST_CASE("ConstantNetwork: the bits of a network of the same numbers", "[constant_network]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  const laws::ConditionerSubjectOf<Constant<T>> constant{Constant<T>()};
  const laws::ConditionerSubjectOf<Owned<T>> network{owned<T>()};
  CHECK(constant.parameters().size() == 0);
  std::mt19937_64 rng{1};
  for (const Index events : {1, 2, 33}) {
    INFO(events << " events");
    laws::Start<T> start;
    start.context = laws::normals<T>(2, events, rng);
    const laws::Matrix<T> in = laws::normals<T>(4, events, rng);
    const laws::Matrix<T> w = laws::normals<T>(6, events, rng);
    const auto a = constant.run(in, w, start);
    const auto b = network.run(in, w, start);
    CHECK(a.value == b.value);
    CHECK(a.input_gradient == b.input_gradient);
    CHECK(a.context_gradient == b.context_gradient);
  }
}

TEST_CASE("ConstantNetwork: step by step is all at once", "[constant_network]") {
  for (const Index events : {1, 21}) laws::check_steps(Constant<double>(), 3, laws::Given::all, events);
}

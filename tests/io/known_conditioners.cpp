#include <bijou/bijou.hpp>
#include <bijou/io/known_conditioners.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "io/same_flow.hpp"
#include "support/catch.hpp"

using namespace bijou;
using same_flow::check_scattered;

namespace {

AnyFlow<double> made_flow() {
  std::mt19937_64 rng{1};
  return TransformedDistribution{StandardNormal<double, 3>{}, MAF<double, 3>{{{4}, 2}, rng}};
}
AnyFlow<double> mlp_flow() {
  std::mt19937_64 rng{1};
  return TransformedDistribution{StandardNormal<double, 3>{}, RealNVP<double, 3>{1, {{4}, 2}, rng}};
}

std::string refusal_of_degrees(const AnyFlow<double>& flow, int layer, const std::vector<std::int32_t>& degrees) {
  return refusal_of_edited(flow, {"bijector.conditioner.degrees." + std::to_string(layer),
                                  TensorType::i32,
                                  {static_cast<Index>(degrees.size())},
                                  degrees.data()});
}

template <class C>
void check_network(const C& network) {
  using T = typename C::Scalar;
  INFO(detail::type_text(detail::architecture_of(network)));
  constexpr int dynamic = Eigen::Dynamic;
  using Any = AnyConditioner<T>;  // one layer to compile for all networks
  const StandardNormal<T, dynamic> base{3};
  if constexpr (detail::says_autoregressive<C, true>())
    check_scattered<T>(TransformedDistribution{base, Autoregressive<dynamic, AffineTransformer<T>, Any>{{}, network}});
  else
    check_scattered<T>(TransformedDistribution{base, Coupling<dynamic, AffineTransformer<T>, Any>{{}, network}});
}

template <class A, class Connections>
void check_networks() {
  std::mt19937_64 rng{3};
  const NetworkOptions plain{6, 6, 6};
  const NetworkOptions with_context{{6, 6, 6}, 2};
  check_network(Made<float, A, Connections>{3, 2, plain, rng});
  check_network(Made<float, A, Connections>{3, 2, with_context, rng});
  check_network(Mlp<float, A, Connections>{1, 4, with_context, rng});
}

}  // namespace

TEST_CASE("degrees of a file are those of a network", "[io]") {
  const std::string wrong_made = "bijector.conditioner has degrees that are not those of a Made";
  const std::string wrong_mlp = "bijector.conditioner has degrees that are not those of a Mlp";
  const AnyFlow<double> made = made_flow();
  CHECK(refusal_of_degrees(made, 0, {0, 0, 1, 2, 3}) == "nothing was thrown");
  CHECK(refusal_of_degrees(made, 0, {0, 1, 1, 2, 3}) == wrong_made);
  CHECK(refusal_of_degrees(made, 0, {0, 0, 1, 3, 3}) == wrong_made);
  CHECK(refusal_of_degrees(made, 0, {0, 0, 3, 2, 1}) == wrong_made);
  CHECK(refusal_of_degrees(made, 0, {0, 0, 1, 2, 4}) == wrong_made);
  CHECK(refusal_of_degrees(made, 0, {0}) == "bijector.conditioner has a context of 2 rows, but 1 inputs");
  CHECK(refusal_of_degrees(made, 1, {0, 0, 1, 2}) == "nothing was thrown");
  CHECK(refusal_of_degrees(made, 1, {0, 0, 1, 3}) == wrong_made);
  CHECK(refusal_of_degrees(made, 1, {-1, 0, 1, 2}) == wrong_made);
  CHECK(refusal_of_degrees(made, 1, {1, 0, 1, 2}) == wrong_made);
  CHECK(refusal_of_degrees(made, 2, {1, 1, 2, 2, 3, 4}) == wrong_made);
  CHECK(refusal_of_degrees(made, 2, {1, 1, 1, 2, 2, 2}) == wrong_made);
  CHECK(refusal_of_degrees(made, 2, {0, 0, 1, 1, 2, 2}) == wrong_made);
  CHECK(refusal_of_degrees(made, 2, {1, 1, 2, 2, 3, 2'000'000'000}) == wrong_made);
  const AnyFlow<double> mlp = mlp_flow();
  CHECK(refusal_of_degrees(mlp, 0, {0, 0, 1}) == wrong_mlp);
  CHECK(refusal_of_degrees(mlp, 1, {0, 0, 0, 1}) == wrong_mlp);
  CHECK(refusal_of_degrees(mlp, 2, {1, 1, 1, 2}) == wrong_mlp);
}

TEST_CASE("weights of a file have the shapes of its degrees before memory is taken", "[io]") {
  const AnyFlow<double> made = made_flow();
  const std::vector<std::int32_t> wide(100'000, 1);
  CHECK(refusal_of_degrees(made, 1, wide) ==
        "bijector.conditioner has a tensor \"layers.0.weight\" of shape 4 x 5, expected 100000 x 5");
  const std::int64_t rows = std::int64_t{1} << 60;
  CHECK(refusal_of_edited(made, {"bijector.conditioner.context_size", TensorType::i64, {}, &rows}) ==
        "bijector.conditioner has a context of 1152921504606846976 rows, but 5 inputs");
  std::mt19937_64 rng{1};
  using Conditioner = Made<double, activations::Relu, FeedForwardWithContext>;
  const AnyFlow<double> separate = TransformedDistribution{
      StandardNormal<double, 3>{}, Autoregressive<3, AffineTransformer<double>, Conditioner>{{{4}, 2}, rng}};
  CHECK(refusal_of_edited(separate, {"bijector.conditioner.context_size", TensorType::i64, {}, &rows})
            .find("bijector.conditioner has a tensor \"context_layers.0.weight\" of shape 4 x 2, expected 4 x ") == 0);
  CHECK(refusal_of_edited(made, {"bijector.conditioner.degrees.2"}) ==
        "bijector.conditioner has 2 lists of degrees, expected at least 3");
  CHECK(refusal_of_edited(made, {"bijector.conditioner.layers.1.weight"}) ==
        "bijector.conditioner has no tensor \"layers.1.weight\"");
}

TEST_CASE("networks of a file have known policies and fit their layer", "[io]") {
  const AnyFlow<double> made = made_flow();
  CHECK(refusal_of_architecture(made, "Relu", "Step") ==
        "bijector.conditioner has the unknown activation \"Step\"; known are: Relu, LeakyRelu, Tanh, Sigmoid, Elu, "
        "Softplus, Silu, Gelu");
  CHECK(refusal_of_architecture(made, "FeedForward", "Dense") ==
        "bijector.conditioner has the unknown connections \"Dense\"; known are: FeedForward, FeedForwardWithContext, "
        "Residual, ResidualWithContext, GatedResidual");
  CHECK(refusal_of_architecture(made, "FeedForward", "Residual") == "nothing was thrown");  // of one hidden layer
  CHECK(refusal_of_architecture(made, "Autoregressive", "Coupling") ==
        "Coupling: takes a conditioner whose outputs see all inputs, such as Mlp");
  CHECK(refusal_of_architecture(mlp_flow(), "Coupling", "Autoregressive") ==
        "Autoregressive: takes an autoregressive conditioner, such as Made");
}

TEST_CASE("load<T>: networks of every activation and all connections", "[io]") {
  namespace a = activations;
  const auto plain = []<class... A>(A...) { (check_networks<A, FeedForward>(), ...); };
  plain(a::Relu{}, a::LeakyRelu{}, a::Tanh{}, a::Sigmoid{}, a::Elu{}, a::Softplus{}, a::Silu{}, a::Gelu{});
  check_networks<a::Silu, FeedForwardWithContext>();
  check_networks<a::Relu, Residual>();
  check_networks<a::Tanh, ResidualWithContext>();
  check_networks<a::Relu, GatedResidual>();
}

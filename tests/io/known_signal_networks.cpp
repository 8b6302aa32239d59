#include <bijou/bijou.hpp>
#include <bijou/io/known_signal_networks.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "io/same_flow.hpp"
#include "support/catch.hpp"

using namespace bijou;
using same_flow::check_scattered;

namespace {

/// A flow with a coupling, for all networks of one type.
template <class C>
AnyFlow<typename C::Scalar> flow_with(const C& network) {
  using T = typename C::Scalar;
  using Layer = Coupling<Eigen::Dynamic, AffineTransformer<T>, AnyConditioner<T>>;
  const Layer layer({}, network);
  return TransformedDistribution{StandardNormal<T, Eigen::Dynamic>{layer.event_size()}, layer};
}

AnyFlow<double> convolutional_flow() {
  std::mt19937_64 rng{1};
  return flow_with(
      ConvolutionalNetwork<double>{{2, 2, 3}, 1, 2, {.width = 4, .context_channels = 2, .global_context = 3}, rng});
}
AnyFlow<double> wave_flow() {
  std::mt19937_64 rng{1};
  return flow_with(WaveNet<double>{{2, 1, 4}, 1, 2, {.width = 4, .context_channels = 3}, rng});
}

std::string refusal_of_number(const AnyFlow<double>& flow, const std::string& member, std::int64_t value) {
  return refusal_of_edited(flow, {"bijector.conditioner." + member, TensorType::i64, {}, &value});
}
std::string refusal_without(const AnyFlow<double>& flow, const std::string& member) {
  return refusal_of_edited(flow, {"bijector.conditioner." + member});
}

}  // namespace

TEST_CASE("load<T>: flows with convolutional networks", "[io]") {
  std::mt19937_64 rng{1};
  check_scattered<float>(flow_with(ConvolutionalNetwork<float>{{2, 4, 2}, 2, 2, {.width = 5}, rng}));
  check_scattered<float>(flow_with(ConvolutionalNetwork<float, activations::Silu>{
      {1, 1, 6}, 2, 2, {.width = 3, .context_channels = 2, .global_context = 1}, rng}));
  check_scattered<float>(flow_with(ConvolutionalNetwork<float, activations::Elu>{
      {1, 2, 2}, 1, 2, {.width = 3, .kernels = {1, 3, 3, 1}, .residual = true}, rng}));
}

TEST_CASE("load<T>: flows with a WaveNet", "[io]") {
  std::mt19937_64 rng{1};
  check_scattered<float>(flow_with(WaveNet<float>{{2, 1, 6}, 1, 2, {.width = 3}, rng}));
  check_scattered<float>(
      flow_with(WaveNet<float>{{1, 2, 2}, 1, 2, {.width = 2, .layers = 3, .context_channels = 2}, rng}));
}

TEST_CASE("a convolutional network of a file has the shapes of its sizes before memory is taken", "[io]") {
  const AnyFlow<double> flow = convolutional_flow();
  const std::string at = "bijector.conditioner has ";
  CHECK(refusal_of_number(flow, "channels", 0) == at + "a channels of 0, expected 1 to 1000000");
  CHECK(refusal_of_number(flow, "height", std::int64_t{1} << 60) ==
        at + "a height of 1152921504606846976, expected 1 to 1000000");
  CHECK(refusal_of_number(flow, "parameters", 1000) ==
        at + "a tensor \"last.weight\" of shape 2 x 36, expected 1000 x 36");
  CHECK(refusal_of_number(flow, "height", 1) == at + "a tensor \"last.weight\" of shape 2 x 36, expected 2 x 12");
  const std::vector<std::int32_t> even{3, 2, 3}, many{3, 1, 1, 3}, one{3};
  const auto kernels = [&](const std::vector<std::int32_t>& sizes) {
    return refusal_of_edited(
        flow, {"bijector.conditioner.kernels", TensorType::i32, {static_cast<Index>(sizes.size())}, sizes.data()});
  };
  CHECK(kernels(even) == at + "a kernel of size 2");
  CHECK(kernels(many) == at + "no tensor \"layers.2.weight\"");
  CHECK(kernels(one) == at + "1 kernels, expected at least 2");
  CHECK(refusal_without(flow, "last.weight") == at + "no tensor \"last.weight\"");
  CHECK(refusal_of_architecture(flow, "Relu", "Step").find(at + "the unknown activation \"Step\"") == 0);
}

TEST_CASE("a WaveNet of a file has the shapes of its sizes before memory is taken", "[io]") {
  const AnyFlow<double> flow = wave_flow();
  const std::string at = "bijector.conditioner has ";
  CHECK(refusal_of_number(flow, "kernel", 2) == at + "a kernel of size 2");
  CHECK(refusal_of_number(flow, "kernel", 1) == at + "a tensor \"gates.0.direction\" of shape 8 x 12, expected 8 x 4");
  CHECK(refusal_of_number(flow, "width", 0) == at + "a width of 0, expected 1 to 1000000");
  CHECK(refusal_without(flow, "gates.1.direction") ==
        at + "a tensor \"mixes.0.direction\" of shape 8 x 4, expected 4 x 4");
  CHECK(refusal_without(flow, "gates.0.direction") == at + "no tensor \"gates.0.direction\"");
  CHECK(refusal_without(flow, "context_layers.1.direction") == at + "no tensor \"context_layers.1.direction\"");
}

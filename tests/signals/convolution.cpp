#include <bijou/core/parameters.hpp>
#include <bijou/signals/convolution.hpp>
#include <random>

#include "support/convolutions.hpp"
#include "support/message_of.hpp"

using namespace convolutions;
using bijou::Convolution;
using bijou::SignalShape;

TEST_CASE("Convolution: against a direct loop, with dilations", "[convolution]") {
  std::mt19937_64 rng{1};
  bijou::Arena arena;
  for (const SignalShape& shape : {SignalShape{3, 1, 13}, SignalShape{2, 5, 4}}) {
    for (const Index dilation : {1, 2, 4}) {
      INFO("dilation " << dilation << ", height " << shape.height);
      const Convolution<double> layer{shape, 5, {3, dilation}, rng};
      const Index taps = shape.height == 1 ? 3 : 9, events = 10;
      CHECK(layer.parameter_count() == 5 * (shape.channels * taps + 1));
      CHECK(layer.parameter_count() == bijou::parameter_count(layer));
      Tile<double> x = arena.tile<double>(shape.size(), events);
      for (Index i = 0; i < x.rows(); ++i) {
        for (Index n = 0; n < events; ++n) x(i, n) = bijou::normal(rng);
      }
      Eigen::ArrayXXd expected(5 * shape.pixels(), events);
      for (Index o = 0; o < 5; ++o) {
        for (Index v = 0; v < shape.height; ++v) {
          for (Index u = 0; u < shape.width; ++u) {
            Eigen::ArrayXd sum = Eigen::ArrayXd::Constant(events, layer.bias()(o));
            for (Index c = 0; c < shape.channels; ++c) {
              for (Index k = 0; k < taps; ++k) {
                const Index y = shape.height == 1 ? 0 : v + (k / 3 - 1) * dilation;
                const Index at = u + (k % 3 - 1) * dilation;
                if (y < 0 || y >= shape.height || at < 0 || at >= shape.width) continue;
                sum += layer.weight()(o, c * taps + k) * x.row((c * shape.height + y) * shape.width + at).transpose();
              }
            }
            expected.row((o * shape.height + v) * shape.width + u) = sum.transpose();
          }
        }
      }
      const Tile<double> y = arena.tile<double>(expected.rows(), events);
      layer.evaluate(x, layer.event_rows(), y, layer.event_rows(), 1, arena, layer.nothing);
      CHECK((y - expected).abs().maxCoeff() < 1e-12);
      layer.evaluate_and_add(x, layer.event_rows(), y, layer.event_rows(), 1, arena, layer.nothing);
      CHECK((y - 2 * expected).abs().maxCoeff() < 1e-12);
    }
  }
}

TEST_CASE("Convolution: refuses kernels", "[convolution]") {
  std::mt19937_64 rng{1};
  const auto message = [&](const SignalShape& shape, bijou::Kernel kernel) {
    return message_of([&] { Convolution<float>(shape, 2, kernel, rng); });
  };
  CHECK(message({1, 2, 2}, {2}) ==
        "Convolution: expected a kernel of odd size with at most 121 taps, got one of size 2");
  CHECK(message({1, 2, 2}, {13}) ==
        "Convolution: expected a kernel of odd size with at most 121 taps, got one of size 13");
  CHECK(message({1, 1, 2}, {13}) == "nothing was thrown");
  CHECK(message({1, 2, 2}, {-1}) ==
        "Convolution: expected a kernel of odd size with at most 121 taps, got one of size -1");
  CHECK(message({1, 2, 2}, {3, 0}) == "Convolution: expected a dilation of at least 1, got 0");
  CHECK(message({0, 2, 2}, {3}) == "Convolution: a signal needs at least one channel and one pixel, got 0 x 2 x 2");
}

#include <bijou/signals/convolutional_network.hpp>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::ConvolutionalNetwork;
using bijou::ConvolutionalNetworkOptions;
using bijou::SignalShape;
using bijou::activations::Silu;
using bijou::activations::Tanh;

namespace {

/// A network whose parameters are moved from the zero start.
template <class T, class A = Tanh>
ConvolutionalNetwork<T, A> moved(const SignalShape& shape, bijou::Index channels, bijou::Index parameters,
                                 const ConvolutionalNetworkOptions& options, std::mt19937_64& rng) {
  return registry::signals::moved(ConvolutionalNetwork<T, A>{shape, channels, parameters, options, rng}, rng);
}

}  // namespace

TEST_CASE("ConvolutionalNetwork: laws", "[convolutional_network]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::signals::ConvolutionalNetwork>);
}

TEST_CASE("ConvolutionalNetwork: laws with a context", "[convolutional_network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) {
    return moved<T, Silu>({1, 1, 4}, 1, 2, {.width = 4, .context_channels = 2, .global_context = 3}, rng);
  });
}

TEST_CASE("ConvolutionalNetwork: laws with residual blocks", "[convolutional_network]") {
  laws::check_conditioner([]<class T>(T, auto& rng) {
    return moved<T>({2, 2, 2}, 1, 1, {.width = 9, .kernels = {1, 3, 3, 3, 3, 1}, .residual = true}, rng);
  });
}

TEMPLATE_TEST_CASE("ConvolutionalNetwork: the formula, with contexts and blocks", "[convolutional_network]",
                   BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{2};
  const SignalShape shape{2, 3, 4};
  const bijou::Index pixels = 12;
  for (const bool residual : {false, true}) {
    INFO("residual " << residual);
    ConvolutionalNetworkOptions options{.width = 5, .context_channels = 2, .global_context = 3};
    options.residual = residual;
    options.kernels = residual ? std::vector<int>{1, 3, 3, 1} : std::vector<int>{3, 1, 3};
    const auto network = moved<T, Tanh>(shape, 2, 3, options, rng);
    CHECK(network.input_size() == 24);
    CHECK(network.context_size() == 27);
    CHECK(network.output_size() == 72);
    const laws::Matrix<T> x = laws::normals<T>(24, 9, rng);
    const laws::Matrix<T> context = laws::normals<T>(27, 9, rng);
    std::map<std::string, Eigen::MatrixXd> numbers;
    bijou::for_each_named_parameter(network, [&](const std::string& path, const auto& parameter) {
      numbers[path] = parameter.template cast<double>();
    });
    // Rows channel after channel.
    const auto convolved = [&](const Eigen::MatrixXd& in, const std::string& layer) {
      const Eigen::MatrixXd& w = numbers.at(layer + ".weight");
      const bijou::Index channels = in.rows() / pixels, taps = w.cols() / channels, side = taps == 9 ? 1 : 0;
      Eigen::MatrixXd out(w.rows() * pixels, in.cols());
      for (bijou::Index o = 0; o < w.rows(); ++o) {
        for (bijou::Index p = 0; p < pixels; ++p) {
          out.row(o * pixels + p).setConstant(numbers.at(layer + ".bias")(o, 0));
          for (bijou::Index c = 0; c < channels; ++c) {
            for (bijou::Index k = 0; k < taps; ++k) {
              const bijou::Index v = p / 4 + (side ? k / 3 - 1 : 0), u = p % 4 + (side ? k % 3 - 1 : 0);
              if (v < 0 || v > 2 || u < 0 || u > 3) continue;
              out.row(o * pixels + p) += w(o, c * taps + k) * in.row(c * pixels + v * 4 + u);
            }
          }
        }
      }
      return out;
    };
    Eigen::MatrixXd sum = convolved(x.template cast<double>(), "layers.0");
    sum += convolved(context.topRows(24).template cast<double>(), "context_layers.0");
    const Eigen::MatrixXd global =
        (numbers.at("global_layers.0.weight") * context.bottomRows(3).template cast<double>()).colwise() +
        numbers.at("global_layers.0.bias").col(0);
    for (bijou::Index r = 0; r < sum.rows(); ++r) sum.row(r) += global.row(r / pixels);
    Eigen::MatrixXd h;
    if (residual) {
      const Eigen::MatrixXd inner = convolved(sum.array().tanh().matrix(), "layers.1");
      h = sum + convolved(inner.array().tanh().matrix(), "layers.2");
    } else {
      h = convolved(sum.array().tanh().matrix(), "layers.1").array().tanh().matrix();
    }
    const Eigen::MatrixXd last = convolved(h, "last");
    Eigen::MatrixXd expected(72, 9);
    for (bijou::Index o = 0; o < 6; ++o) {
      for (bijou::Index p = 0; p < pixels; ++p) {
        expected.row((o / 3 * pixels + p) * 3 + o % 3) =
            std::exp(3 * numbers.at("last.log_scale")(o, 0)) * last.row(o * pixels + p);
      }
    }
    laws::check_close(laws::evaluate(network, x, context), expected, 1000 * laws::Tolerance<T>::rounding);
  }
}

TEST_CASE("ConvolutionalNetwork: zero at the start, finite far away", "[convolutional_network]") {
  std::mt19937_64 rng{3};
  const ConvolutionalNetwork<float> fresh{{2, 4, 4}, 2, 2, {}, rng};
  CHECK(bijou::parameter_count(fresh) == 64 * 19 + 64 * 65 + 4 * 578);
  const laws::Matrix<float> x = laws::normals<float>(32, 20, rng);
  CHECK((laws::evaluate(fresh, x).array() == 0.0f).all());
  CHECK((laws::evaluate(fresh, laws::Matrix<float>(1e20f * x)).array() == 0.0f).all());
  const auto network = moved<float, Tanh>({2, 4, 4}, 2, 2, {.width = 6}, rng);
  CHECK(laws::evaluate(network, laws::Matrix<float>(1e20f * x)).allFinite());
}

TEST_CASE("ConvolutionalNetwork: refuses what makes no network", "[convolutional_network]") {
  std::mt19937_64 rng{1};
  const auto message = [&](const SignalShape& shape, bijou::Index channels, bijou::Index parameters,
                           const ConvolutionalNetworkOptions& options) {
    return message_of([&] { ConvolutionalNetwork<float>(shape, channels, parameters, options, rng); });
  };
  const std::string name = "ConvolutionalNetwork: ";
  CHECK(message({2, 0, 2}, 1, 1, {}) == name + "a signal needs at least one channel and one pixel, got 2 x 0 x 2");
  CHECK(message({2, 2, 2}, 0, 2, {}) == name + "expected at least one channel with one parameter to give, got 0 and 2");
  CHECK(message({2, 2, 2}, 1, 1, {.width = 0}) == name + "expected a width of at least 1, got 0");
  CHECK(message({2, 2, 2}, 1, 1, {.kernels = {3}}) == name + "expected the kernels of at least two layers, got 1");
  CHECK(message({2, 2, 2}, 1, 1, {.residual = true}) ==
        name + "residual blocks take an odd number of hidden layers, got 2");
  CHECK(message({2, 2, 2}, 1, 1, {.context_channels = -1}) == name + "expected a context of at least 0 rows, got -1");
  CHECK(message({2, 2, 2}, 1, 1, {.kernels = {3, 2}}) ==
        "Convolution: expected a kernel of odd size with at most 121 taps, got one of size 2");
  const ConvolutionalNetwork<float> network{{1, 2, 2}, 1, 1, {.width = 2, .global_context = 2}, rng};
  CHECK(message_of([&] {
          laws::evaluate(network, laws::Matrix<float>(laws::Matrix<float>::Zero(4, 2)),
                         laws::Matrix<float>(laws::Matrix<float>::Zero(3, 2)));
        }) == name + "expected a context of 2 rows, got 3");
}

TEST_CASE("ConvolutionalNetwork: its shape in words", "[convolutional_network]") {
  std::mt19937_64 rng{1};
  const ConvolutionalNetwork<float> network{{2, 4, 4}, 2, 2, {.width = 8, .global_context = 3}, rng};
  CHECK(network.shape() == "2 x 4 x 4 | 3 -> 8 -> 8 -> 4 x 4 x 4");
  CHECK(network.width() == 8);
}

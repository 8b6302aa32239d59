#include <bijou/signals/wave_net.hpp>
#include <cmath>
#include <map>
#include <string>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::SignalShape;
using bijou::WaveNet;
using bijou::WaveNetOptions;

namespace {

/// A network whose parameters are moved from the zero start.
template <class T>
WaveNet<T> moved(const SignalShape& shape, bijou::Index channels, const WaveNetOptions& options, std::mt19937_64& rng) {
  return registry::signals::moved(WaveNet<T>{shape, channels, 2, options, rng}, rng);
}

}  // namespace

TEST_CASE("WaveNet: laws", "[wave_net]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::signals::WaveNet>, true);
}

TEST_CASE("WaveNet: laws with a context, on an image", "[wave_net]") {
  laws::check_conditioner(
      []<class T>(T, auto& rng) {
        return moved<T>({1, 2, 3}, 2, {.width = 3, .layers = 3, .context_channels = 2}, rng);
      },
      true);
}

TEST_CASE("WaveNet: the formula", "[wave_net]") {
  std::mt19937_64 rng{2};
  const bijou::Index samples = 9, events = 4;
  const auto network = moved<double>({2, 1, samples}, 1, {.width = 3, .layers = 3, .context_channels = 2}, rng);
  CHECK(network.input_size() == 18);
  CHECK(network.context_size() == 18);
  CHECK(network.output_size() == 18);
  CHECK(network.shape() == "2 x 1 x 9 | 18 -> 3 x 3 -> 2 x 1 x 9");
  const laws::Matrix<double> x = laws::normals<double>(18, events, rng);
  const laws::Matrix<double> context = laws::normals<double>(18, events, rng);
  std::map<std::string, Eigen::MatrixXd> numbers;
  bijou::for_each_named_parameter(network,
                                  [&](const std::string& path, const auto& p) { numbers[path] = Eigen::MatrixXd(p); });
  const auto convolved = [&](const Eigen::MatrixXd& in, const std::string& layer, bijou::Index dilation) {
    const bool has_norm = numbers.count(layer + ".direction") > 0;
    Eigen::MatrixXd w = numbers.at(layer + (has_norm ? ".direction" : ".weight"));
    if (has_norm) w = numbers.at(layer + ".gain").col(0).asDiagonal() * w.rowwise().normalized();
    const bijou::Index channels = in.rows() / samples, taps = w.cols() / channels;
    Eigen::MatrixXd out(w.rows() * samples, in.cols());
    for (bijou::Index o = 0; o < w.rows(); ++o) {
      for (bijou::Index t = 0; t < samples; ++t) {
        out.row(o * samples + t).setConstant(numbers.at(layer + ".bias")(o, 0));
        for (bijou::Index c = 0; c < channels; ++c) {
          for (bijou::Index k = 0; k < taps; ++k) {
            const bijou::Index at = t + (k - taps / 2) * dilation;
            if (at >= 0 && at < samples) out.row(o * samples + t) += w(o, c * taps + k) * in.row(c * samples + at);
          }
        }
      }
    }
    return out;
  };
  const bijou::Index half = 3 * samples;
  Eigen::MatrixXd h = convolved(x, "front", 1).cwiseMax(0);
  Eigen::MatrixXd skips = Eigen::MatrixXd::Zero(half, events);
  for (bijou::Index l = 0; l < 3; ++l) {
    const std::string number = "." + std::to_string(l);
    const Eigen::MatrixXd gates =
        convolved(h, "gates" + number, bijou::Index{1} << l) + convolved(context, "context_layers" + number, 1);
    const Eigen::MatrixXd o = gates.topRows(half).array().tanh() / (1 + (-gates.bottomRows(half).array()).exp());
    const Eigen::MatrixXd mixed = convolved(o, "mixes" + number, 1);
    if (l < 2) h = (h + mixed.topRows(half)) * std::sqrt(0.5);
    skips += mixed.bottomRows(half);
  }
  const Eigen::MatrixXd last = convolved(convolved(skips.cwiseMax(0), "end", 1).cwiseMax(0), "last", 1);
  Eigen::MatrixXd expected(2 * samples, events);
  for (bijou::Index k = 0; k < 2; ++k) {
    for (bijou::Index t = 0; t < samples; ++t)
      expected.row(2 * t + k) = std::exp(3 * numbers.at("last.log_scale")(k, 0)) * last.row(k * samples + t);
  }
  laws::check_close(laws::evaluate(network, x, context), expected, 1e-12);
}

TEST_CASE("WaveNet: zero at the start, finite far away", "[wave_net]") {
  std::mt19937_64 rng{3};
  const WaveNet<float> fresh{{2, 1, 8}, 2, 2, {.width = 8}, rng};
  const laws::Matrix<float> x = laws::normals<float>(16, 20, rng);
  CHECK((laws::evaluate(fresh, x).array() == 0.0f).all());
  CHECK(laws::evaluate(moved<float>({2, 1, 8}, 2, {.width = 8}, rng), laws::Matrix<float>(1e20f * x)).allFinite());
}

TEST_CASE("WaveNet: the length of the directions says nothing", "[wave_net]") {
  std::mt19937_64 rng{4};
  auto network = moved<double>({1, 1, 8}, 1, {.width = 4}, rng);
  const laws::Matrix<double> x = laws::normals<double>(8, 5, rng);
  const laws::Matrix<double> before = laws::evaluate(network, x);
  Eigen::VectorXd parameters(bijou::parameter_count(network));
  bijou::Index at = 0;
  bijou::for_each_named_parameter(network, [&](const std::string& path, const auto& p) {
    const double factor = path.find("direction") == std::string::npos ? 1.0 : 7.0;
    for (const double number : Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(p.data(), p.size())))
      parameters(at++) = factor * number;
  });
  bijou::assign_parameters(network, parameters);
  laws::check_close(laws::evaluate(network, x), before, 1e-10);
}

TEST_CASE("WaveNet: refuses what makes no network", "[wave_net]") {
  std::mt19937_64 rng{1};
  const auto message = [&](bijou::Index channels, const WaveNetOptions& options) {
    return message_of([&] { WaveNet<float>({2, 1, 4}, channels, 2, options, rng); });
  };
  CHECK(message(0, {}) == "WaveNet: expected at least one channel with one parameter to give, got 0 and 2");
  CHECK(message(1, {.width = 0}) == "WaveNet: expected a width of at least 1, got 0");
  CHECK(message(1, {.layers = 0}) == "WaveNet: expected 1 to 30 layers, got 0");
  CHECK(message(1, {.layers = 31}) == "WaveNet: expected 1 to 30 layers, got 31");
  CHECK(message(1, {.context_channels = -2}) == "WaveNet: expected a context of at least 0 channels, got -2");
  CHECK(message(1, {.kernel = 4}) ==
        "Convolution: expected a kernel of odd size with at most 121 taps, got one of size 4");
  const WaveNet<float> network{{1, 1, 4}, 1, 1, {.width = 2, .context_channels = 2}, rng};
  CHECK(message_of([&] {
          laws::evaluate(network, laws::Matrix<float>(laws::Matrix<float>::Zero(4, 2)),
                         laws::Matrix<float>(laws::Matrix<float>::Zero(3, 2)));
        }) == "WaveNet: expected a context of 8 rows, got 3");
}

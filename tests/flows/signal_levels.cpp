#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/signal_levels.hpp>
#include <bijou/signals/wave_net.hpp>
#include <cmath>
#include <numbers>

#include "support/laws.hpp"

using namespace bijou;

namespace {

/// Against N(mu, e^g) of the last channels, with mu and g read off where the noise is known: x = mu + e^g z.
template <class Network>
void check_conditional_normal(Network network) {
  std::mt19937_64 rng{5};
  for_each_parameter(network, [&](auto& p) {
    for (double& number : p.reshaped()) number += 0.3 * normal(rng);
  });
  const ExitCoupling<double, Network> exit({}, network);
  const TransformedDistribution flow{StandardNormal<double, Eigen::Dynamic>{16}, exit};
  const Eigen::MatrixXd x = laws::normals<double>(16, 20, rng);
  Eigen::MatrixXd noise = x;
  noise.bottomRows(8).setZero();
  const Eigen::MatrixXd mu = exit.forward(noise).bottomRows(8);
  noise.bottomRows(8).setOnes();
  const Eigen::ArrayXXd scale = (exit.forward(noise).bottomRows(8) - mu).array();
  CHECK((scale - 1).abs().maxCoeff() > 0.1);
  const double log_two_pi = std::log(2 * std::numbers::pi);
  const Eigen::ArrayXXd terms =
      -0.5 * log_two_pi - scale.log() - 0.5 * ((x.bottomRows(8) - mu).array() / scale).square();
  const Eigen::VectorXd expected =
      (terms.colwise().sum() - 0.5 * (x.topRows(8).array().square() + log_two_pi).colwise().sum()).matrix().transpose();
  CHECK(flow.log_prob(x).isApprox(expected, 1e-12));
}

}  // namespace

TEST_CASE("ExitCoupling is a conditional normal density", "[signal_levels]") {
  std::mt19937_64 rng{5};
  check_conditional_normal(ConvolutionalNetwork<double>({2, 2, 2}, 2, 2, {.width = 5, .kernels = {3, 3}}, rng));
  check_conditional_normal(WaveNet<double>({2, 1, 4}, 2, 2, {.width = 5}, rng));
}

TEST_CASE("Levels are put together from squeeze, steps, exit and what goes on", "[signal_levels]") {
  std::mt19937_64 rng{5};
  const SignalShape shape{1, 1, 8};
  const auto shifted = [](Index rows, double by) {
    return AnyBijector<double>(
        Affine<double, Eigen::Dynamic>(Eigen::VectorXd::Constant(rows, by), Eigen::VectorXd::Ones(rows)));
  };
  const Eigen::VectorXd z = Eigen::VectorXd::LinSpaced(8, 0, 7);
  const auto unsqueezed = unsqueeze(shape);
  const auto alone = detail::signal_level<double>(shape, shifted(8, 1));
  CHECK(alone.forward(z) == unsqueezed.forward(Eigen::VectorXd(z.array() + 1)));
  const auto whole = detail::signal_level<double>(shape, shifted(8, 1), shifted(8, 10));
  CHECK(whole.forward(z) == unsqueezed.forward(Eigen::VectorXd(z.array() + 11)));
  const auto split = detail::signal_level<double>(shape, shifted(8, 1), shifted(8, 10), shifted(4, 100));
  Eigen::VectorXd expected = z.array() + 11;
  expected.head(4).array() += 100;
  CHECK(split.forward(z) == unsqueezed.forward(expected));
}

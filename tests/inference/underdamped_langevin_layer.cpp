#include <bijou/bijectors/on_slice.hpp>
#include <bijou/distributions/product.hpp>
#include <bijou/inference/underdamped_langevin_layer.hpp>

#include "inference/exact_draws.hpp"
#include "inference/path_tests.hpp"
#include "support/message_of.hpp"

using namespace path_tests;

namespace {

const Product base{StandardNormal<double, 2>{}, StandardNormal<double, 2>{}};
const WithVelocities target{datasets::DoubleWell<double>{}};

auto layers(double step_size) {
  return ladder([=](double lambda) {
    return UnderdampedLangevinLayer<double>{{.steps = 10, .step_size = step_size, .lambda = lambda}, 1.0};
  });
}

}  // namespace

TEST_CASE("WithVelocities: beside its energy a standard normal", "[underdamped_langevin_layer]") {
  const Eigen::Vector4d x(0.5, -1.0, 0.3, 2.0);
  CHECK(log_prob(target, x) ==
        Approx(log_prob(datasets::DoubleWell<double>{}, Eigen::Vector2d(0.5, -1.0)) - log_two_pi - 0.5 * (0.09 + 4)));
  const Eigen::Vector4d slope = score(target, x);
  CHECK(slope.tail<2>() == Eigen::Vector2d(-0.3, -2.0));
  CHECK(slope.head<2>() == score(datasets::DoubleWell<double>{}, Eigen::Vector2d(0.5, -1.0)));
}

TEST_CASE("UnderdampedLangevinLayer: weights of paths through ten energies", "[underdamped_langevin_layer]") {
  check_weights(StochasticFlow{base, target, layers(0.05)}, 100'000, 0.14);
}

TEST_CASE("UnderdampedLangevinLayer: weights backwards from exact draws", "[underdamped_langevin_layer]") {
  std::mt19937_64 rng{1};
  Eigen::Matrix4Xd exact(4, laws::fewer(20'000));
  exact.topRows(2) = exact_draws_of_double_well(laws::fewer(20'000), rng);
  exact.bottomRows(2) = StandardNormal<double, 2>{}.sample(exact.cols(), rng);
  check_backward(StochasticFlow{base, target, layers(0.05)}, exact);
}

TEST_CASE("UnderdampedLangevinLayer: the gradient with the noise fixed", "[underdamped_langevin_layer]") {
  using Layer = UnderdampedLangevinLayer<double, true>;
  using Coupling = OnSlice<4, AnyBijector<double>>;
  std::mt19937_64 rng{1};
  check_gradients(StochasticFlow{base, target,
                                 StochasticChain{Layer{{.steps = 3, .step_size = 0.1, .lambda = 1}, 1.5},
                                                 Coupling{0, made_flows::coupling(6, rng)},
                                                 Layer{{.steps = 3, .step_size = 0.1, .lambda = 0.5}, 0.7}}},
                  1e-7);
}

TEST_CASE("UnderdampedLangevinLayer: options out of range are refused", "[underdamped_langevin_layer]") {
  CHECK(message_of([] { UnderdampedLangevinLayer<float>{LayerOptions{}, 0}; }) ==
        "UnderdampedLangevinLayer: expected a finite friction above 0, got 0");
}

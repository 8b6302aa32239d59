#include <bijou/core/parameters.hpp>
#include <bijou/signals/convolution_weights.hpp>
#include <cmath>
#include <random>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class W>
void scatter(W& weights, std::mt19937_64& rng) {
  for_each_parameter(weights, [&](auto& parameter) {
    for (auto& number : parameter.reshaped())
      number += static_cast<std::remove_cvref_t<decltype(number)>>(0.3 * normal(rng));
  });
}

/// w and b in one vector.
template <class W>
Eigen::VectorXd in_use(const W& weights) {
  Arena arena;
  const auto used = weights.in_use(arena);
  Eigen::VectorXd all(weights.outputs() * (weights.depth() + 1));
  all << Eigen::Map<const Eigen::VectorXd>(used.weight, weights.outputs() * weights.depth()),
      Eigen::Map<const Eigen::VectorXd>(used.bias, weights.outputs());
  return all;
}

/// The gradient of <direction, (w, b)> for the members.
template <class W>
Eigen::VectorXd gradient_of(const W& weights, const Eigen::VectorXd& direction) {
  Arena arena;
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(weights.parameter_count());
  const Index size = weights.outputs() * weights.depth();
  weights.add_gradient(gradient.data(), arena, [&](double* d_weight, double* d_bias) {
    for (Index i = 0; i < size; ++i) d_weight[i] += direction(i);
    for (Index o = 0; o < weights.outputs(); ++o) d_bias[o] += direction(size + o);
  });
  return gradient;
}

template <class W>
void check_gradient(W weights, std::mt19937_64& rng) {
  CHECK(weights.parameter_count() == parameter_count(weights));
  scatter(weights, rng);
  Eigen::VectorXd direction(weights.outputs() * (weights.depth() + 1));
  for (double& number : direction) number = normal(rng);
  const Eigen::VectorXd gradient = gradient_of(weights, direction);
  Eigen::VectorXd at(parameter_count(weights));
  copy_parameters(weights, at);
  for (Index i = 0; i < at.size(); ++i) {
    const auto moved = [&](double by) {
      Eigen::VectorXd there = at;
      there(i) += by;
      assign_parameters(weights, there);
      return direction.dot(in_use(weights));
    };
    const double h = 1e-5;
    const double slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
    CHECK(std::abs(slope - gradient(i)) < 1e-8 * (1 + std::abs(slope)));
  }
}

}  // namespace

TEST_CASE("weights of convolutions: gradients against differences", "[convolution_weights]") {
  std::mt19937_64 rng{3};
  check_gradient(FreeWeights<double>{3, 5, rng}, rng);
  check_gradient(ZeroWeights<double>{3, 5, rng}, rng);
  check_gradient(NormalizedWeights<double>{3, 5, rng}, rng);
}

TEMPLATE_TEST_CASE("weights of convolutions: the start", "[convolution_weights]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{4};
  const FreeWeights<T> free(40, 25, rng);
  CHECK(free.weight().cwiseAbs().maxCoeff() <= T(0.2));
  CHECK(free.weight().cwiseAbs().maxCoeff() > T(0.19));
  CHECK(free.bias().cwiseAbs().maxCoeff() <= T(0.2));
  CHECK(free.bias().cwiseAbs().maxCoeff() > T(0.1));
  const ZeroWeights<T> zero(3, 4, rng);
  CHECK((zero.weight().array() == T(0)).all());
  CHECK((zero.bias().array() == T(0)).all());
  CHECK((zero.log_scale().array() == T(0)).all());
  const NormalizedWeights<T> normalized(50, 80, rng);
  Arena arena;
  const auto used = normalized.in_use(arena);
  for (Index o = 0; o < 50; ++o) {
    for (Index k = 0; k < 80; ++k) {
      CHECK(std::abs(used.weight[o * 80 + k] - normalized.direction()(o, k)) < T(1e-6));
    }
  }
  CHECK(normalized.direction().squaredNorm() / T(50 * 80) == Approx(2.0 / 80).epsilon(0.1));
  CHECK((normalized.bias().array() == T(0)).all());
}

TEST_CASE("NormalizedWeights: the gradient is orthogonal to v, whose length says nothing", "[convolution_weights]") {
  std::mt19937_64 rng{5};
  NormalizedWeights<double> weights{4, 9, rng};
  scatter(weights, rng);
  Eigen::VectorXd direction(4 * 10);
  for (double& number : direction) number = normal(rng);
  const Eigen::VectorXd gradient = gradient_of(weights, direction);
  for (Index o = 0; o < 4; ++o) {
    CHECK(std::abs(gradient.segment(9 * o, 9).dot(weights.direction().row(o))) < 1e-10);
  }
  const Eigen::VectorXd before = in_use(weights);
  Eigen::VectorXd parameters(parameter_count(weights));
  copy_parameters(weights, parameters);
  parameters.head(36) *= 17.0;
  assign_parameters(weights, parameters);
  CHECK((in_use(weights) - before).cwiseAbs().maxCoeff() < 1e-10);
  parameters.head(9).setZero();
  assign_parameters(weights, parameters);
  CHECK((in_use(weights).head(9).array() == 0).all());
  CHECK(gradient_of(weights, direction).allFinite());
}

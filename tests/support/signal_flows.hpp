#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>

#include "support/compared_entries.hpp"
#include "support/laws.hpp"

/// What the tests of flows of images and sounds share.
namespace signal_flows {

using bijou::Index;

/// With normal numbers added to the parameters, since the networks start at zero.
template <class Flow>
Flow scattered(Flow flow, double deviation = 0.1) {
  using T = typename Flow::Scalar;
  std::mt19937_64 rng{3};
  Eigen::Vector<T, Eigen::Dynamic> parameters = flow.parameters();
  for (T& number : parameters) number += static_cast<T>(deviation * bijou::normal(rng));
  flow.set_parameters(parameters);
  return flow;
}

/// ln|det| of the Jacobian of f.inverse by central differences.
inline double numerical_log_det(const bijou::AnyBijector<double>& f, const Eigen::VectorXd& x) {
  constexpr double step = 1e-5;
  Eigen::MatrixXd moved(x.size(), 2 * x.size());
  for (Index i = 0; i < x.size(); ++i) {
    moved.col(2 * i) = moved.col(2 * i + 1) = x;
    moved(i, 2 * i) += step;
    moved(i, 2 * i + 1) -= step;
  }
  const Eigen::MatrixXd z = f.inverse(moved);
  Eigen::MatrixXd jacobian(x.size(), x.size());
  for (Index i = 0; i < x.size(); ++i) jacobian.col(i) = (z.col(2 * i) - z.col(2 * i + 1)) / (2 * step);
  return jacobian.partialPivLu().matrixLU().diagonal().array().abs().log().sum();
}

/// The largest error of every seventh entry of a gradient of the loss, against central differences, relative to the
/// largest entry. loss(flow): a number.
template <class Flow, class Loss>
double gradient_error(const Flow& flow, const Eigen::VectorXd& gradient, Loss loss) {
  Flow moved = flow;
  double worst = 0;
  for (const Index each : compared_entries((gradient.size() + 6) / 7)) {
    const Index i = 7 * each;
    const auto loss_at = [&](double step) {
      Eigen::VectorXd parameters = flow.parameters();
      parameters(i) += step;
      moved.set_parameters(parameters);
      return loss(moved);
    };
    worst = std::max(worst, std::abs((loss_at(1e-5) - loss_at(-1e-5)) / 2e-5 - gradient(i)));
  }
  return worst / std::max(1.0, gradient.cwiseAbs().maxCoeff());
}

/// A coupling of signals of 4 channels, whose network gives this raw number for all scales and 0 for the rest: the
/// log-det of its inverse is that of 2 channels with these scales, and nothing overflows, gradients neither.
template <class Coupling, class Network>
void check_raw_scale(const Network& network, double raw, double log_scale) {
  using T = typename Coupling::Scalar;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  const Index size = 2 * network.input_size();
  bijou::TransformedDistribution flow{bijou::StandardNormal<T, Eigen::Dynamic>{size}, Coupling{{}, network}};
  // At the end of the parameters: biases of shift and scale for each channel, then as many exponents.
  Vector parameters = flow.parameters();
  for (const Index behind : {5, 7}) parameters(parameters.size() - behind) = static_cast<T>(raw);
  flow.set_parameters(parameters);
  std::mt19937_64 rng{3};
  const laws::Matrix<T> x = laws::normals<T>(size, 5, rng);
  const laws::Matrix<T> z = flow.bijector.inverse(x);
  INFO("raw scale " << raw);
  const double log_det = log_scale * static_cast<double>(size / 2);
  CHECK((flow.bijector.inverse_log_det(x).template cast<double>().array() - log_det).abs().maxCoeff() < 1e-5);
  CHECK(flow.bijector.forward(z).isApprox(x, static_cast<T>(1e-5)));
  CHECK(flow.log_prob(x).allFinite());
  Vector gradient(parameters.size());
  flow.nll_gradient(x, gradient);
  CHECK(gradient.allFinite());
  CHECK(flow.score(x).allFinite());
  CHECK(flow.sample(5, rng).allFinite());
}

}  // namespace signal_flows

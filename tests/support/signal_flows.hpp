#pragma once

#include <bijou/flows/any_bijector.hpp>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <random>

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
  for (Index i = 0; i < gradient.size(); i += 7) {
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

}  // namespace signal_flows

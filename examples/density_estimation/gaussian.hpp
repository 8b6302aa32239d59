#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/distributions/multivariate_normal.hpp>
#include <Eigen/QR>

#include "rows.hpp"

/// What a flow is measured against: a normal distribution with all covariances, fitted to the rows; under a context its
/// mean is a linear function of the context.
class Gaussian {
 public:
  explicit Gaussian(const Rows& rows) : residuals_(rows.events.rows()) {
    weights_ = features(rows).transpose().colPivHouseholderQr().solve(rows.events.transpose());
    bijou::initialize(residuals_, residuals_of(rows));
  }

  Eigen::VectorXd log_prob(const Rows& rows) const { return residuals_.log_prob(residuals_of(rows)); }

 private:
  /// 1 and the context.
  static Eigen::MatrixXd features(const Rows& rows) {
    Eigen::MatrixXd result(1 + rows.contexts.rows(), rows.count());
    result << Eigen::RowVectorXd::Ones(rows.count()), rows.contexts;
    return result;
  }
  Eigen::MatrixXd residuals_of(const Rows& rows) const { return rows.events - weights_.transpose() * features(rows); }

  Eigen::MatrixXd weights_;
  bijou::MultivariateNormal<double, Eigen::Dynamic> residuals_;
};

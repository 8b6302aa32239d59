#pragma once

#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/maf.hpp>
#include <bijou/bijectors/triangular_affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/numerics/quadrature.hpp>
#include <bijou/numerics/random.hpp>
#include <cmath>
#include <random>

/// Flows that take their coordinates one after the other, and integrals over one of them.
namespace in_order {

using bijou::Index;

/// The same with parameters that are drawn, such that it is far from the identity.
template <class Flow>
Flow with_random_parameters(Flow flow, double size, std::mt19937_64& rng) {
  auto parameters = flow.parameters();
  for (auto& each : parameters) each += static_cast<typename Flow::Scalar>(size * bijou::normal(rng));
  flow.set_parameters(parameters);
  return flow;
}

/// Two layers of affine maps in three coordinates.
inline auto maf(std::mt19937_64& rng) {
  using bijou::MAF;
  return with_random_parameters(
      bijou::TransformedDistribution{bijou::StandardNormal<double, 3>{},
                                     bijou::Chain{MAF<double, 3>{{16}, rng}, MAF<double, 3>{{16}, rng}}},
      0.2, rng);
}

/// N(shift, L L^T) in three coordinates.
struct Normal {
  bijou::TransformedDistribution<bijou::StandardNormal<double, 3>, bijou::TriangularAffine<double, 3>> flow;
  Eigen::Vector3d mean;
  Eigen::Matrix3d covariance;

  explicit Normal(std::mt19937_64& rng)
      : flow(with_random_parameters(
            bijou::TransformedDistribution{bijou::StandardNormal<double, 3>{}, bijou::TriangularAffine<double, 3>{}},
            0.5, rng)) {
    const Eigen::Matrix<double, 3, 4> corners{{0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    const Eigen::Matrix<double, 3, 4> images = flow.bijector.forward(corners);
    mean = images.col(0);
    const Eigen::Matrix3d l = images.rightCols(3).colwise() - mean;
    covariance = l * l.transpose();
  }
};

/// ln N(x; mean, covariance), by the determinant and the inverse.
template <class X, class M, class C>
double log_normal(const X& x, const M& mean, const C& covariance) {
  const Eigen::VectorXd r = x - mean;
  const Index d = r.size();
  // By elimination: r^T C^-1 r and ln det C.
  Eigen::MatrixXd c = covariance;
  Eigen::VectorXd y = r;
  double result = -0.5 * static_cast<double>(d) * std::log(2 * 3.14159265358979323846);
  for (Index i = 0; i < d; ++i) {
    result -= 0.5 * (std::log(c(i, i)) + y(i) * y(i) / c(i, i));
    for (Index j = i + 1; j < d; ++j) {
      const double factor = c(j, i) / c(i, i);
      y(j) -= factor * y(i);
      c.row(j) -= factor * c.row(i);
    }
  }
  return result;
}

/// The integral of f(points), a number for each of a row of points, from low to high by panels of 8 nodes.
template <class F>
double integral(double low, double high, Index panels, F f) {
  const auto& rule = bijou::detail::GaussLegendre<8>::rule();
  const double width = (high - low) / static_cast<double>(panels);
  Eigen::RowVectorXd points(8 * panels);
  Eigen::VectorXd weights(8 * panels);
  for (Index n = 0; n < points.size(); ++n) {
    const auto node = static_cast<std::size_t>(n % 8);
    points(n) = low + width * (static_cast<double>(n / 8) + rule.nodes[node]);
    weights(n) = width * rule.weights[node];
  }
  return weights.dot(Eigen::VectorXd(f(points)));
}

}  // namespace in_order

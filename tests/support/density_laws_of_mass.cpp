#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "support/catch.hpp"
#include "support/density_laws.hpp"

// The mass of a density and its moments, against those of draws.
namespace laws {

namespace {

/// The integrals of f = 1, x_i and x_i^2 with their standard errors.
struct Moments {
  RealVector value;
  RealVector error;
};

/// 1, x_0, ..., x_0^2, ... for each column of x.
RealMatrix monomials(const RealMatrix& x) {
  RealMatrix f(2 * x.rows() + 1, x.cols());
  f << RealMatrix::Ones(1, x.cols()), x, x.cwiseAbs2();
  return f;
}

/// Means of the rows of f, each column times its weight.
Moments weighted_means(const RealMatrix& f, const RealVector& weight) {
  const RealMatrix terms = f * weight.asDiagonal();
  const auto n = static_cast<double>(f.cols());
  const RealVector mean = terms.rowwise().mean();
  const RealVector variance = (terms.colwise() - mean).cwiseAbs2().rowwise().mean();
  return {mean, (variance / n).cwiseSqrt()};
}

/// In one and two dimensions, by midpoints in u with x_i = center_i + width_i sinh u_i, |u_i| < 6; for a bounded
/// density |u_i| < 2.5 and more points, as midpoints know its edges to half a spacing only.
Moments moments_by_quadrature(const Density& p, const RealVector& center, const RealVector& width, bool bounded) {
  const Index points = center.size() == 1 ? 20'000 : bounded ? 2000 : 600;
  const double end = bounded ? 2.5 : 6.0;
  const double spacing = 2 * end / static_cast<double>(points);
  const RealVector u =
      ((RealVector::LinSpaced(points, 0, static_cast<double>(points - 1)).array() + 0.5) * spacing - end);
  const RealVector weight = u.array().cosh() * spacing;
  Moments sum{RealVector::Zero(2 * center.size() + 1), RealVector::Zero(2 * center.size() + 1)};
  const auto add = [&](const RealMatrix& x, double factor) {
    const RealVector density = p.log_prob(x).array().exp();
    sum.value += factor * width.prod() * (monomials(x) * density.cwiseProduct(weight));
  };
  RealMatrix x(center.size(), points);
  x.row(0) = (center(0) + width(0) * u.array().sinh()).transpose();
  if (center.size() == 1) {
    add(x, 1);
    return sum;
  }
  for (Index i = 0; i < points; ++i) {
    x.row(1).setConstant(center(1) + width(1) * std::sinh(u(i)));
    add(x, weight(i));
  }
  return sum;
}

/// In any dimension, by importance sampling from a normal of mean and 1.5^2 times the covariance of draws.
Moments moments_by_importance(const Density& p, const RealMatrix& draws, std::mt19937_64& rng) {
  const Index d = draws.rows();
  const Index n = 100'000;
  const RealVector mean = draws.rowwise().mean();
  const RealMatrix centered = draws.colwise() - mean;
  const RealMatrix covariance = 2.25 * centered * centered.transpose() / static_cast<double>(draws.cols());
  const RealMatrix factor = covariance.llt().matrixL();
  RealMatrix z(d, n);
  for (double& each : z.reshaped()) each = bijou::normal(rng);
  const RealMatrix x = (factor * z).colwise() + mean;
  const double log_norm =
      factor.diagonal().array().log().sum() + 0.5 * static_cast<double>(d) * std::log(2 * std::numbers::pi);
  const RealVector log_q = (-0.5 * z.colwise().squaredNorm().array() - log_norm).transpose();
  return weighted_means(monomials(x), (p.log_prob(x) - log_q).array().exp());
}

}  // namespace

/// The density integrates to one, and draws have its first and second moments.
void check_mass_and_moments(const Density& p, const DensityOptions& options) {
  INFO("mass and moments");
  std::mt19937_64 rng{options.seed + 11};
  const RealMatrix x = p.sample(100'000, rng);
  const Moments of_draws = weighted_means(monomials(x), RealVector::Ones(x.cols()));
  const RealVector mean = of_draws.value.segment(1, x.rows());
  const RealVector deviation = (of_draws.value.tail(x.rows()) - mean.cwiseAbs2()).cwiseSqrt();
  const bool low = x.rows() <= 2;
  const Moments of_density =
      low ? moments_by_quadrature(p, mean, deviation, options.bounded) : moments_by_importance(p, x, rng);
  const double mass_error = low ? 1e-3 / 4.5 : of_density.error(0);
  CHECK(mass_error < 0.01);  // or the test says nothing
  CHECK(std::abs(of_density.value(0) - 1) < 4.5 * mass_error);
  for (Index k = 1; k < of_draws.value.size(); ++k) {
    INFO("moment " << k << ": " << of_draws.value(k) << ", of the density " << of_density.value(k));
    const double quadrature = low ? 1e-3 * (1 + std::abs(of_density.value(k))) / 4.5 : 0.0;
    const double error = std::hypot(of_draws.error(k), of_density.error(k), quadrature);
    CHECK(error < 0.05 * std::max({1.0, deviation.maxCoeff(), std::abs(of_draws.value(k))}));
    CHECK(std::abs(of_draws.value(k) - of_density.value(k)) < 4.5 * error);
  }
}

}  // namespace laws

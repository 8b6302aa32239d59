#include <bijou/bijectors/triangular_affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/training/fit.hpp>
#include <Eigen/LU>
#include <cmath>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("TriangularAffine: laws", "[triangular_affine]") {
  laws::check_bijector(registry::maker<registry::bijectors::TriangularAffine>, {.factors = {1, 0, 1e-8, 4}});
  laws::check_bijector(registry::maker<registry::bijectors::TriangularAffine, registry::dynamic>, {.factors = {1}});
  laws::check_bijector([]<class T>(T, auto& rng) { return registry::scattered<TriangularAffine<T, 1>>(0.5, rng); });
}

TEST_CASE("TriangularAffine is x = L z + shift", "[triangular_affine]") {
  std::mt19937_64 rng{1};
  const auto f = registry::scattered<TriangularAffine<double, 3>>(0.5, rng);
  Eigen::Matrix3d l = Eigen::Matrix3d::Zero();
  l(1, 0) = f.lower()(0);
  l(2, 0) = f.lower()(1);
  l(2, 1) = f.lower()(2);
  for (int i = 0; i < 3; ++i) l(i, i) = std::log1p(std::exp(f.diagonal()(i))) + 1e-3;
  const Eigen::Vector3d z(1, -2, 0.5);
  CHECK(f.forward(z).isApprox(l * z + f.shift(), 1e-14));
  CHECK(f.forward_log_det(z) == Approx(std::log(l.determinant())));
  CHECK(message_of([] { TriangularAffine<float, Eigen::Dynamic>{-1}; }) ==
        "TriangularAffine: events need at least one row, got -1");
}

TEST_CASE("a normal distribution is fitted with its covariance", "[triangular_affine]") {
  std::mt19937_64 rng{1};
  Eigen::Matrix2Xd data(2, 4000);
  for (Index n = 0; n < data.cols(); ++n) {
    const double a = normal(rng), b = normal(rng);
    data.col(n) << 1 + 2 * a, -1 + a + 0.5 * b;
  }
  TransformedDistribution p{StandardNormal<double, 2>{}, TriangularAffine<double, 2>{}};
  fit(p, data, {.epochs = 30, .batch_size = 200, .learning_rate = 2e-2}, rng);
  const Eigen::Vector2d mean = data.rowwise().mean();
  const Eigen::Matrix2Xd centered = data.colwise() - mean;
  const Eigen::Matrix2d covariance = centered * centered.transpose() / 4000;
  const double best = std::log(2 * std::acos(-1.0)) + std::log(covariance.determinant()) / 2 + 1;
  CHECK(p.nll(data) == Approx(best).margin(5e-3));
}

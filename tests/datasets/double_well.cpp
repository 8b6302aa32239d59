#include <bijou/datasets/double_well.hpp>
#include <bijou/inference/energy.hpp>

#include "support/catch.hpp"

using namespace bijou;

// Quadrature to 10 digits by an independent program.
TEST_CASE("DoubleWell: the normaliser and the share of the left well", "[double_well]") {
  const datasets::DoubleWell<double> paper;
  CHECK(paper.log_normalizer() == Approx(10.2934797071).epsilon(1e-11));
  CHECK(std::exp(paper.log_normalizer_of_left() - paper.log_normalizer()) == Approx(0.1556929038).epsilon(1e-9));
  const datasets::DoubleWell<double> symmetric{0, -4, 1};
  CHECK(symmetric.log_normalizer() == Approx(5.2119402699).epsilon(1e-11));
  const datasets::DoubleWell<double> boltzmann{0.25, -3, 0.25};
  CHECK(boltzmann.log_normalizer() == Approx(10.4845760012).epsilon(1e-11));
  CHECK(std::exp(boltzmann.log_normalizer_of_left() - boltzmann.log_normalizer()) ==
        Approx(0.7677296619).epsilon(1e-9));
}

TEST_CASE("DoubleWell: values, score and second derivatives", "[double_well]") {
  const datasets::DoubleWell<double, 3> well;
  const Eigen::Vector3d x(1.5, -0.5, 2.0);
  CHECK(log_prob(well, x) == Approx(0.5 * 1.5 + 6 * 2.25 - 5.0625 - 0.5 * 4.25).epsilon(1e-14));
  CHECK(log_prob(datasets::DoubleWell<float, 3>{}, Eigen::Vector3f(1.5f, -0.5f, 2.0f)) ==
        Approx(log_prob(well, x)).epsilon(1e-6));
  const Eigen::Vector3d v(0.3, -1.0, 0.7);
  const double h = 1e-5;
  for (int i = 0; i < 3; ++i) {
    const Eigen::Vector3d step = h * Eigen::Vector3d::Unit(i);
    CHECK(score(well, x)(i) == Approx((log_prob(well, x + step) - log_prob(well, x - step)) / (2 * h)).epsilon(1e-8));
  }
  Arena arena;
  const detail::TileOfBatch at{0, 0, 1, arena, 1};
  const auto tile = [&](const Eigen::Vector3d& column) {
    const Tile<double> result = arena.tile<double>(3, 1);
    for (Index i = 0; i < 3; ++i) result(i, 0) = column(i);
    return result;
  };
  const Tile<double> product = arena.tile<double>(3, 1);
  detail::hessian_product(well, at, ConstTile<double>(tile(x)), ConstTile<double>(tile(v)), product);
  const Eigen::Vector3d numeric = (score(well, x + h * v) - score(well, x - h * v)) / (2 * h);
  for (Index i = 0; i < 3; ++i) CHECK(product(i, 0) == Approx(numeric(i)).epsilon(1e-8));
}

#include <bijou/bijectors/maf.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/inference/energy.hpp>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct NoEnergy {};

/// Without second derivatives of its own.
auto quartic() {
  return energy_of<double, 2>([](const Eigen::Vector2d& x, Eigen::Vector2d& gradient) {
    gradient << -4 * x(0) * x(0) * x(0) + x(1), x(0) - x(1);
    return -std::pow(x(0), 4) + x(0) * x(1) - x(1) * x(1) / 2;
  });
}

}  // namespace

TEST_CASE("energy: distributions, views under a context and functions are energies", "[energy]") {
  using Flow = TransformedDistribution<StandardNormal<float, 2>, MAF<float, 2>>;
  static_assert(Energy<StandardNormal<double, 2>>);
  static_assert(Energy<Flow>);
  static_assert(Energy<decltype(std::declval<const Flow&>().given(std::declval<Eigen::VectorXf&>()))>);
  static_assert(Energy<decltype(quartic())>);
  const auto values = energy_of<float, 1>([](const Eigen::Vector<float, 1>& x) { return -x(0); });
  static_assert(EnergyOfValues<decltype(values)> && !Energy<decltype(values)>);
  static_assert(!EnergyOfValues<NoEnergy>);
  CHECK(log_prob(values, Eigen::Vector<float, 1>(2.0f)) == -2);
}

TEST_CASE("energy: calls on batches", "[energy]") {
  const auto energy = quartic();
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 300);
  const Eigen::VectorXd log_p = log_prob(energy, x);
  const Eigen::Matrix2Xd slope = score(energy, x);
  for (const Index n : {0, 127, 128, 299}) {
    Eigen::Vector2d gradient;
    const double a = x(0, n), b = x(1, n);
    CHECK(log_p(n) == Approx(-std::pow(a, 4) + a * b - b * b / 2));
    CHECK(slope(0, n) == Approx(-4 * std::pow(a, 3) + b));
    CHECK(slope(1, n) == Approx(a - b));
  }
  const auto dynamic = energy_of<double>(3, [](const Eigen::VectorXd& y) { return -y.squaredNorm(); });
  CHECK(log_prob(dynamic, Eigen::Vector3d(1, 2, 3)) == -14);
  CHECK(message_of([&] { log_prob(dynamic, Eigen::Vector2d(1, 2)); }) ==
        "FunctionEnergy: expected events of 3 rows, got 2");
  CHECK(message_of([] { energy_of<double>(0, [](const Eigen::VectorXd&) { return 0.0; }); }) ==
        "FunctionEnergy: events need at least one row, got 0");
}

TEST_CASE("energy: a flow under a context is evaluated with it", "[energy]") {
  std::mt19937_64 rng{3};
  const TransformedDistribution flow{StandardNormal<double, 2>{}, MAF<double, 2>{{{8}, 1}, rng}};
  const Eigen::RowVectorXd contexts = Eigen::RowVectorXd::Random(200);
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 200);
  const auto given = flow.given(contexts);
  CHECK(log_prob(given, x) == given.log_prob(x));
  Workspace workspace;
  CHECK(detail::energies_of(given, x, workspace) == given.log_prob(x));
  CHECK(message_of([&] { log_prob(flow, x); }) ==
        "TransformedDistribution: expected a context of 1 rows, got none: call given(context)");
}

TEST_CASE("energy: on a tile, with a score of 0 where there is no density", "[energy]") {
  const auto half = energy_of<double, 1>([](const Eigen::Vector<double, 1>& x, Eigen::Vector<double, 1>& gradient) {
    gradient(0) = -2 * x(0);
    return x(0) < 0 ? -infinity : -x(0) * x(0);
  });
  Arena arena;
  const detail::TileOfBatch at{0, 0, 2, arena, 1};
  const Tile<double> x = arena.tile<double>(1, 2);
  x(0, 0) = -1;
  x(0, 1) = 2;
  const Tile<double> slope = arena.tile<double>(1, 2);
  const Sums log_p = arena.sums(2);
  detail::evaluate_energy(half, at, ConstTile<double>(x), log_p, slope);
  CHECK(log_p(0) == -infinity);
  CHECK(log_p(1) == -4);
  CHECK(slope(0, 0) == 0);
  CHECK(slope(0, 1) == -4);
}

TEST_CASE("energy: a function is called once for value and gradient, which must be of the event's size", "[energy]") {
  int calls = 0;
  Index size = 2;
  const auto counted = energy_of<double>(2, [&](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    ++calls;
    gradient = -x.head(size);
    return -x.squaredNorm() / 2;
  });
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, 7);
  CHECK(score(counted, x).isApprox(-x));
  CHECK(calls == 7);
  size = 1;
  CHECK(message_of([&] { score(counted, x); }) == "FunctionEnergy: expected a gradient of size 2, got 1");
}

TEST_CASE("energy: second derivatives by differences of scores", "[energy]") {
  Arena arena;
  const detail::TileOfBatch at{0, 0, 2, arena, 1};
  const Tile<double> x = arena.tile<double>(2, 2), v = arena.tile<double>(2, 2), product = arena.tile<double>(2, 2);
  x(0, 0) = 0.7;
  x(1, 0) = -0.2;
  v(0, 0) = 30;
  v(1, 0) = 10;
  v(0, 1) = v(1, 1) = 0;  // nothing
  x(0, 1) = x(1, 1) = 1;
  detail::hessian_product(quartic(), at, ConstTile<double>(x), ConstTile<double>(v), product);
  CHECK(product(0, 0) == Approx(-12 * 0.49 * 30 + 10).epsilon(1e-8));
  CHECK(product(1, 0) == Approx(30 - 10).epsilon(1e-8));
  CHECK(product(0, 1) == 0);
}

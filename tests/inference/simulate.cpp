#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/simulate.hpp>
#include <random>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

const Uniform<float, 2> prior{{-1.0f, 0.0f}, {1.0f, 4.0f}};

Eigen::Vector3d noisy(const Eigen::Vector2f& theta, CounterGenerator& rng) {
  return {static_cast<double>(theta(0)), static_cast<double>(theta(1)), normal(rng)};
}

}  // namespace

TEST_CASE("A simulator of single parameters has a generator for each", "[simulate]") {
  std::mt19937_64 rng{1};
  const auto [theta, x] = simulate(prior, noisy, 100, rng);
  static_assert(decltype(theta)::RowsAtCompileTime == 2 && decltype(x)::RowsAtCompileTime == 3);
  CHECK(x.topRows(2) == theta);
  // Draws of the prior, then the seed.
  std::mt19937_64 again{1};
  CHECK(prior.sample(100, again) == theta);
  const std::uint64_t seed = again();
  for (Index n = 0; n < 100; ++n) {
    CounterGenerator noise{seed, {.event = static_cast<std::uint64_t>(n)}};
    CHECK(x(2, n) == static_cast<float>(normal(noise)));
  }
  // A column has the same noise whatever comes behind it.
  std::mt19937_64 first{2}, second{2};
  const auto all = simulate(theta, noisy, first);
  CHECK(all.theta == theta);
  CHECK(simulate(theta.leftCols(7), noisy, second).x == all.x.leftCols(7));
  CHECK(first == second);
}

TEST_CASE("A simulator of a batch is called once", "[simulate]") {
  std::mt19937_64 rng{1};
  int calls = 0;
  const auto simulator = [&](const Eigen::Matrix2Xf& theta, CounterGenerator& noise) -> Eigen::MatrixXf {
    calls += theta.cols() == 50;
    Eigen::MatrixXf x = theta.colwise().sum();
    x(0, 0) = static_cast<float>(uniform(noise));
    return x;
  };
  const auto [theta, x] = simulate(prior, simulator, 50, rng);
  CHECK(calls == 1);
  CHECK(x.rightCols(49) == theta.rightCols(49).colwise().sum());
  // What takes anything is called with columns.
  const auto generic = [](const auto& at, auto&) { return at; };
  CHECK(simulate(theta, generic, rng).x == theta);
}

TEST_CASE("What a simulator throws passes through, and results of other sizes are refused", "[simulate]") {
  std::mt19937_64 rng{1};
  const auto at = prior.sample(100, rng);
  const auto failing = [&](const Eigen::Vector2f& theta, CounterGenerator&) -> Eigen::Vector2f {
    if (theta == at.col(40)) throw std::runtime_error("no convergence");
    return theta;
  };
  CHECK(message_of<std::runtime_error>([&] { simulate(at, failing, rng, 2); }) == "no convergence");
  const auto growing = [&](const Eigen::Vector2f& theta, CounterGenerator&) -> Eigen::VectorXf {
    return Eigen::VectorXf::Zero(theta == at.col(5) ? 3 : 2);
  };
  CHECK(message_of([&] { simulate(at, growing, rng); }) ==
        "simulate: the simulator gave 2 numbers for the first theta, and 3 for that in column 5");
  const auto one = [](const Eigen::Matrix2Xf&, CounterGenerator&) -> Eigen::MatrixXf {
    return Eigen::MatrixXf::Zero(2, 2);
  };
  CHECK(message_of([&] { simulate(at, one, rng); }) == "simulate: the simulator gave 2 columns for 100 thetas");
  CHECK(message_of([&] { simulate(at.leftCols(0), noisy, rng); }) == "simulate: expected at least 1 theta, got 0");
  CHECK(message_of([&] { simulate(at, noisy, rng, 0); }) == "simulate: expected threads of at least 1, got 0");
}

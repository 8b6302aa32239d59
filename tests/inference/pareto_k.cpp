#include <bijou/inference/pareto_k.hpp>
#include <algorithm>
#include <limits>
#include <random>

#include "support/catch.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Eigen::VectorXd log_weights(Index count, double shape) {
  Eigen::VectorXd result(count);
  for (Index n = 0; n < count; ++n) {
    const auto i = static_cast<double>(n);
    result(n) = -shape * std::log((i + 0.5) / static_cast<double>(count)) + std::sin(7 * i);
  }
  return result;
}

}  // namespace

// Numbers of arviz 0.23.4, tests/golden/from_arviz.py.
TEST_CASE("pareto_k: the numbers of arviz", "[pareto_k]") {
  CHECK(pareto_k(log_weights(1000, 0.2)) == Approx(0.266497062908181).epsilon(1e-10));
  CHECK(pareto_k(log_weights(1000, 0.7)) == Approx(0.6988404507814837).epsilon(1e-10));
  CHECK(pareto_k(log_weights(400, 1.5)) == Approx(1.3638077621589668).epsilon(1e-10));
  CHECK(pareto_k(log_weights(50, 0.3)) == Approx(0.4188443223612581).epsilon(1e-10));
  CHECK(pareto_k(log_weights(30, 0.3)) == Approx(0.27927110351713225).epsilon(1e-10));
}

TEST_CASE("pareto_k: neither a common factor nor the order matters", "[pareto_k]") {
  Eigen::VectorXd log_w = log_weights(1000, 0.7);
  const double k = pareto_k(log_w);
  CHECK(pareto_k((log_w.array() + 1e4).matrix()) == Approx(k).epsilon(1e-9));
  std::mt19937_64 rng{0};
  std::shuffle(log_w.begin(), log_w.end(), rng);
  CHECK(pareto_k(log_w) == Approx(k).epsilon(1e-12));
}

TEST_CASE("pareto_k: no tail, a short one, and zeros", "[pareto_k]") {
  CHECK(pareto_k(Eigen::VectorXd::Zero(100)) == -infinity);
  CHECK(pareto_k(Eigen::VectorXd::Constant(100, -infinity)) == infinity);
  CHECK(pareto_k(log_weights(20, 0.3)) == infinity);
  CHECK(pareto_k(Eigen::Vector<double, 1>(3.0)) == infinity);
  // Most are 0, the others equal: the tail is of one value, above a cutoff of 0.
  Eigen::VectorXd half = Eigen::VectorXd::Constant(1000, -infinity);
  half.head(500).setZero();
  CHECK(pareto_k(half) == -infinity);
  // Two weights carry all.
  Eigen::VectorXd two = Eigen::VectorXd::Constant(1000, -infinity);
  two.head(2).setZero();
  CHECK(pareto_k(two) == infinity);
}

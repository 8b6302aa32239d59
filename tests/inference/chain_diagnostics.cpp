#include <bijou/inference/chain_diagnostics.hpp>
#include <cstdint>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

/// Chains of x' = a x + noise, steps x chains, as in tests/golden/from_arviz.py.
Eigen::ArrayXXd chains_of(double a, Index steps, Index chains) {
  Eigen::ArrayXXd draws(steps, chains);
  std::uint32_t state = 12345;
  for (Index c = 0; c < chains; ++c) {
    auto x = static_cast<double>(c);
    for (Index n = 0; n < steps; ++n) {
      state = 1664525u * state + 1013904223u;
      x = a * x + state / 4294967296.0 - 0.5;
      draws(n, c) = x;
    }
  }
  return draws;
}

void check(double a, Index steps, Index chains, double r_hat, double draws) {
  INFO(a << ", " << steps << " x " << chains);
  const Eigen::ArrayXXd x = chains_of(a, steps, chains);
  CHECK(split_r_hat(x) == Approx(r_hat).epsilon(1e-12));
  CHECK(effective_draws(x) == Approx(draws).epsilon(1e-10));
  CHECK(autocorrelation_time(x) == Approx(static_cast<double>(steps / 2 * 2 * chains) / draws).epsilon(1e-10));
  CHECK(split_r_hat(x.cast<float>()) == Approx(r_hat).epsilon(1e-5));
  CHECK(effective_draws(1e6 + 1e3 * x) == Approx(draws).epsilon(1e-6));  // neither scale nor place matter
}

}  // namespace

// Numbers of arviz 0.23.4, tests/golden/from_arviz.py.
TEST_CASE("chain diagnostics: the numbers of arviz", "[chain_diagnostics]") {
  check(0.0, 100, 4, 1.0085493692222849, 547.9153256404585);
  check(0.9, 400, 3, 1.0635446371784942, 47.08147010266374);
  check(-0.5, 101, 2, 0.9998779727681477, 460.2059991327962);
  check(0.99, 200, 2, 1.0304512895304272, 13.560554617124204);
}

// x' = a x + noise forgets in (1 + a) / (1 - a) steps. Printed seed; long chains give the time to a few percent.
TEST_CASE("chain diagnostics: the autocorrelation time of a linear process", "[chain_diagnostics]") {
  std::mt19937_64 rng{5};
  std::normal_distribution<double> normal;
  for (const double a : {0.0, 0.5, 0.9, -0.3}) {
    Eigen::ArrayXXd x(20'000, 4);
    for (Index c = 0; c < 4; ++c) {
      double value = normal(rng) / std::sqrt(1 - a * a);
      for (Index n = 0; n < x.rows(); ++n) x(n, c) = value = a * value + normal(rng);
    }
    INFO("a = " << a << ", time " << autocorrelation_time(x));
    CHECK(autocorrelation_time(x) == Approx((1 + a) / (1 - a)).epsilon(0.1));
    CHECK(split_r_hat(x) < 1.005);
  }
}

TEST_CASE("chain diagnostics: chains that do not mix, drift, or stand still", "[chain_diagnostics]") {
  Eigen::ArrayXXd apart = chains_of(0.5, 200, 3);
  apart.col(2) += 3;
  CHECK(split_r_hat(apart) > 2);
  Eigen::ArrayXXd drift = chains_of(0, 200, 1);  // a single chain is compared with itself
  drift.col(0) += Eigen::ArrayXd::LinSpaced(200, 0, 2);
  CHECK(split_r_hat(drift) > 1.5);
  const Eigen::ArrayXXd still = Eigen::ArrayXXd::Constant(10, 2, 3.5);
  CHECK(std::isnan(split_r_hat(still)));
  CHECK(effective_draws(still) == 20);
  Eigen::ArrayXXd bad = chains_of(0.5, 20, 2);
  bad(3, 1) = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(split_r_hat(bad)));
  CHECK(std::isnan(effective_draws(bad)));
}

TEST_CASE("chain diagnostics: refuse what is too short", "[chain_diagnostics]") {
  CHECK(message_of([] { split_r_hat(Eigen::ArrayXXd(3, 2)); }) ==
        "split_r_hat: expected at least 4 steps and 1 chain, got 3 and 2");
  CHECK(message_of([] { effective_draws(Eigen::ArrayXXd(10, 0)); }) ==
        "effective_draws: expected at least 4 steps and 1 chain, got 10 and 0");
}

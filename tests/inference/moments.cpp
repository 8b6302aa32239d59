#include <bijou/inference/moments.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/in_order.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("moments: by hand", "[moments]") {
  const Eigen::Matrix<double, 2, 4> x{{1, 2, 3, 6}, {0, 1, 0, 1}};
  Workspace workspace;
  const Moments m = detail::moments_of(x, workspace);
  CHECK(m.mean == Eigen::Vector2d(3, 0.5));
  CHECK(m.covariance(0, 0) == Approx(14.0 / 3));
  CHECK(m.covariance(0, 1) == Approx(2.0 / 3));
  CHECK(m.covariance(1, 0) == m.covariance(0, 1));
  CHECK(m.mean_error(0) == Approx(std::sqrt(14.0 / 12)));
  // Products of differences 1, -1/2, 0, 3/2: their variance is (1 + 1/4 + 9/4 - 4 / 4) / 3, of the mean a fourth.
  CHECK(m.covariance_error(0, 1) == Approx(std::sqrt(2.5 / 3 / 4)));
}

TEST_CASE("moments: a mean of 1e8 deviations loses no digits", "[moments]") {
  std::mt19937_64 rng{1};
  Eigen::Matrix<double, 1, Eigen::Dynamic> x(1, 5000);
  for (double& each : x.reshaped()) each = normal(rng);
  Workspace workspace;
  const Moments near = detail::moments_of(x, workspace);
  const Moments far = detail::moments_of((x.array() + 1e8).matrix().eval(), workspace);
  CHECK(far.covariance(0, 0) == Approx(near.covariance(0, 0)).epsilon(1e-7));
  CHECK(far.covariance_error(0, 0) == Approx(near.covariance_error(0, 0)).epsilon(1e-7));
}

// 100 seeds, 12 different numbers each: the mean square of (estimate - truth) / error is 1 within 0.2; for errors that
// are right it has a deviation of sqrt(2 / 100) or less, as the numbers of a seed are not independent, so 0.14 at most
// for one alone and about 0.05 for all: false alarms below 1e-3.
TEST_CASE("moments: of a normal, with the errors that they say", "[moments]") {
  std::mt19937_64 rng{2};
  const in_order::Normal exact(rng);
  double pulls = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    const Moments m = moments(exact.flow, 2000, std::mt19937_64{seed});
    pulls += ((m.mean - exact.mean).array() / m.mean_error.array()).square().sum();
    pulls += ((m.covariance - exact.covariance).array() / m.covariance_error.array()).square().sum();
  }
  INFO("seeds 0 to 99, mean square " << pulls / 1200);
  CHECK(pulls / 1200 == Approx(1).margin(0.2));
}

TEST_CASE("moments: the same bits at any number of threads, and refusals", "[moments]") {
  std::mt19937_64 rng{3};
  const auto flow = in_order::maf(rng);
  const Moments one = moments(flow, 3000, std::mt19937_64{4}, Workspace{1});
  const Moments three = moments(flow, 3000, std::mt19937_64{4}, Workspace{3});
  CHECK(one.mean == three.mean);
  CHECK(one.covariance == three.covariance);
  CHECK(one.covariance_error == three.covariance_error);
  CHECK(message_of([&] { moments(flow, 1, rng); }) == "moments: an error needs at least 2 draws, got 1");
}

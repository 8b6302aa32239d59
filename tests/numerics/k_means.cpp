#include <bijou/numerics/k_means.hpp>
#include <cmath>
#include <random>

#include "support/catch.hpp"

using namespace bijou;

namespace {

/// Three groups of different sizes, far apart, the second coordinate in much smaller units.
Eigen::MatrixXd groups(std::mt19937_64& rng, Index n) {
  Eigen::MatrixXd x(2, n);
  for (Index i = 0; i < n; ++i) {
    const double center = i % 10 < 2 ? 0 : i % 10 < 5 ? 100 : 300;
    x.col(i) << center + normal(rng), 1e-6 * (center + 2 * normal(rng));
  }
  return x;
}

}  // namespace

TEST_CASE("k-means finds groups that lie apart", "[k_means]") {
  std::mt19937_64 rng{1};
  for (const Index n : {1000, 50'000}) {
    const Eigen::MatrixXd x = groups(rng, n);
    const detail::Clusters found = detail::KMeans(x, 3).find();
    CHECK(found.shares.sum() == Approx(1));
    for (const auto& [center, share] : {std::pair{0.0, 0.2}, {100.0, 0.3}, {300.0, 0.5}}) {
      Index k = 0;
      CHECK((found.centers.row(0).array() - center).abs().minCoeff(&k) < 0.5);
      CHECK(1e6 * found.centers(1, k) == Approx(center).margin(0.5));
      CHECK(found.deviations(0, k) == Approx(1).epsilon(0.2));
      CHECK(1e6 * found.deviations(1, k) == Approx(2).epsilon(0.2));
      CHECK(found.shares(k) == Approx(share).margin(0.01));
    }
    const detail::Clusters again = detail::KMeans(x, 3).find();
    CHECK(again.centers == found.centers);
  }
}

TEST_CASE("k-means is finite for events that are alike and for more clusters than events", "[k_means]") {
  for (const Index clusters : {1, 4, 9}) {
    const detail::Clusters found = detail::KMeans(Eigen::MatrixXd(Eigen::MatrixXd::Constant(3, 5, 7)), clusters).find();
    CHECK(found.centers.isApproxToConstant(7));
    CHECK((found.deviations.array() > 0).all());
    CHECK((found.shares.array() > 0).all());
    CHECK(found.shares.sum() == Approx(1));
  }
}

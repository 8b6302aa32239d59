#include <bijou/datasets/two_moons.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/statistics.hpp"

using namespace bijou::datasets;
using Eigen::Index;
using Eigen::Vector2d;

namespace {

const double pi = 3.14159265358979323846;

// log of 1 / (2 pi) int_0^pi N(x; arc(t), noise^2 I) dt over both arcs, by Simpson's rule on even steps, each at
// most 1/250 of the length in which the integrand changes.
double brute_force_log_density(const Vector2d& x, double noise) {
  const auto squared_distance = [&](int arc, double t) {
    const double dx = x.x() - (arc == 0 ? std::cos(t) : 1 - std::cos(t));
    const double dy = x.y() - (arc == 0 ? std::sin(t) : 0.5 - std::sin(t));
    return dx * dx + dy * dy;
  };
  double nearest = std::numeric_limits<double>::max();
  for (const int arc : {0, 1}) {
    for (int i = 0; i <= 10'000; ++i) nearest = std::min(nearest, squared_distance(arc, pi * i / 10'000));
  }
  const double length = std::min(noise, noise * noise / std::sqrt(nearest));
  const auto intervals = 2 * static_cast<int>(std::ceil(125 * pi / length));
  double sum = 0;
  for (const int arc : {0, 1}) {
    for (int i = 0; i <= intervals; ++i) {
      const double weight = i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * std::exp((nearest - squared_distance(arc, pi * i / intervals)) / (2 * noise * noise));
    }
  }
  return std::log(sum / intervals / 12 / pi) - 2 * std::log(noise) - nearest / (2 * noise * noise);
}

// Distance to the outer and to the inner arc.
std::array<double, 2> distances(const Vector2d& x) {
  const auto to_outer = [](const Vector2d& u) {
    if (u.y() >= 0) return std::abs(u.norm() - 1);
    return std::min((u - Vector2d(1, 0)).norm(), (u - Vector2d(-1, 0)).norm());
  };
  return {to_outer(x), to_outer({1 - x.x(), 0.5 - x.y()})};
}

}  // namespace

TEMPLATE_TEST_CASE("two_moons without noise lies on scikit-learn's arcs", "[two_moons]", BIJOU_TEST_SCALARS) {
  const unsigned seed = 1;
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Index n = 100'000;
  const auto x = two_moons<TestType>(n, 0, rng);
  static_assert(std::is_same_v<decltype(x), const Eigen::Matrix<TestType, 2, Eigen::Dynamic>>);
  REQUIRE(x.cols() == n);
  const double epsilon = std::numeric_limits<TestType>::epsilon();
  std::vector<double> outer;
  std::vector<double> inner;
  double furthest = 0;
  std::uint64_t switches = 0;
  bool last = false;
  for (Index i = 0; i < n; ++i) {
    const Vector2d point = x.col(i).template cast<double>();
    const auto [to_outer, to_inner] = distances(point);
    furthest = std::max(furthest, std::min(to_outer, to_inner));
    const bool is_outer = to_outer < to_inner;
    if (is_outer)
      outer.push_back(std::acos(std::clamp(point.x(), -1.0, 1.0)));
    else
      inner.push_back(std::acos(std::clamp(1 - point.x(), -1.0, 1.0)));
    switches += i > 0 && is_outer != last;
    last = is_outer;
  }
  CHECK(furthest < 2 * epsilon);
  CHECK(std::abs(statistics::frequency_score(outer.size(), static_cast<std::uint64_t>(n), 0.5)) < 4);
  CHECK(std::abs(statistics::frequency_score(switches, static_cast<std::uint64_t>(n) - 1, 0.5)) < 4);  // independent
  CHECK(statistics::kolmogorov_smirnov(outer, [](double t) { return t / pi; }) < 1.95);
  CHECK(statistics::kolmogorov_smirnov(inner, [](double t) { return t / pi; }) < 1.95);
}

TEMPLATE_TEST_CASE("two_moons has the mean and covariance of the arcs plus the noise", "[two_moons]",
                   BIJOU_TEST_SCALARS) {
  const double noise = GENERATE(0.05, 0.5, 2.0);
  const unsigned seed = 2;
  INFO("seed " << seed << ", noise " << noise);
  std::mt19937 rng{seed};
  const Index n = 200'000;
  const Eigen::Matrix2Xd x = two_moons<TestType>(n, static_cast<TestType>(noise), rng).template cast<double>();
  const Vector2d mean = x.rowwise().mean();
  const Eigen::Matrix2Xd centred = x.colwise() - mean;
  const Eigen::Matrix2d covariance = centred * centred.transpose() / static_cast<double>(n);
  const double xx = 0.75 + noise * noise;
  const double yy = 0.5625 - 1 / pi + noise * noise;
  const double xy = 0.125 - 1 / pi;
  const double root_n = std::sqrt(static_cast<double>(n));
  CHECK(std::abs(mean.x() - 0.5) < 4 * std::sqrt(xx) / root_n);
  CHECK(std::abs(mean.y() - 0.25) < 4 * std::sqrt(yy) / root_n);
  // The standard errors of the normal distribution: the arcs have lighter tails.
  CHECK(std::abs(covariance(0, 0) - xx) < 4 * std::sqrt(2.0) * xx / root_n);
  CHECK(std::abs(covariance(1, 1) - yy) < 4 * std::sqrt(2.0) * yy / root_n);
  CHECK(std::abs(covariance(0, 1) - xy) < 4 * std::sqrt(xx * yy + xy * xy) / root_n);
}

TEST_CASE("two_moons: the same seed gives the same points, and noise only moves them", "[two_moons]") {
  std::mt19937_64 first{3};
  std::mt19937_64 second{3};
  std::mt19937_64 third{3};
  std::mt19937_64 fourth{3};
  const auto x = two_moons<double>(1000, 0.1, first);
  CHECK(two_moons<double>(1000, 0.1, second) == x);
  CHECK(two_moons<float>(1000, 0.1f, third).isApprox(x.cast<float>(), 1e-6f));
  const auto still = two_moons<double>(1000, 0, fourth);
  CHECK((x - still).norm() / std::sqrt(2000.0) == Approx(0.1).epsilon(0.1));
  CHECK(first() == fourth());
  CHECK(two_moons<double>(1000, 0.1, first) != x);
  CHECK(two_moons<double>(0, 0.1, first).cols() == 0);
}

TEST_CASE("two_moons_log_density agrees with brute-force integration", "[two_moons]") {
  const double noise = GENERATE(0.005, 0.02, 0.05, 0.2, 0.7, 2.0);
  std::mt19937_64 rng{4};
  std::vector<Vector2d> points;
  const auto add = [&points](const Eigen::Matrix2Xd& x) {
    for (Index i = 0; i < x.cols(); ++i) points.emplace_back(x.col(i));
  };
  add(two_moons<double>(6, noise, rng));
  add(two_moons<double>(3, 4 * noise, rng));
  // Ends and centres of the arcs, on and next to the line through the ends, where the quadrature changes its pieces.
  add((Eigen::Matrix2Xd(2, 9) << 1, -1, 0, 1, 1, 1, -1, -1, 0,  //
       0, 0, 0.5, 0.5, 1e-12, -1e-12, -0.0, -3 * noise, 3 * noise)
          .finished());
  for (const Vector2d& x : points) {
    INFO("noise " << noise << ", x = " << x.transpose());
    const double expected = brute_force_log_density(x, noise);
    CHECK(std::abs(two_moons_log_density(x, noise)(0) - expected) < 1e-10);
  }
}

TEST_CASE("two_moons_log_density far from the arcs", "[two_moons]") {
  for (const double noise : {0.5, 1.0, 2.0}) {
    for (const Vector2d& x : {Vector2d(50, -20), Vector2d(-30, 0), Vector2d(0.5, 60), Vector2d(0, -40)}) {
      INFO("noise " << noise << ", x = " << x.transpose());
      CHECK(two_moons_log_density(x, noise)(0) == Approx(brute_force_log_density(x, noise)).epsilon(1e-13));
    }
  }
  // Where brute force is out of reach: between the Gaussian about the nearest point, and a little less.
  for (const double noise : {0.005, 0.05, 0.3}) {
    for (const double size : {10.0, 1e3, 1e6, 1e100}) {
      for (const Vector2d& direction : {Vector2d(1, 0), Vector2d(-1, 0), Vector2d(0.6, 0.8), Vector2d(0.6, -0.8)}) {
        const Vector2d x = size * direction;
        INFO("noise " << noise << ", x = " << x.transpose());
        const auto [to_outer, to_inner] = distances(x);
        const double nearest = std::min(to_outer, to_inner);
        const double bound = -nearest * nearest / (2 * noise * noise) - std::log(2 * pi * noise * noise);
        const double value = two_moons_log_density(x, noise)(0);
        CHECK(value <= bound + 1e-12 * std::abs(bound));
        CHECK(value >= bound - 20 - 2 * std::log(size / noise) - 1e-12 * std::abs(bound));
      }
    }
  }
  CHECK(two_moons_log_density(Vector2d(1e6, 1e6), 0.005)(0) == Approx(-1e12 / (0.005 * 0.005)).epsilon(1e-5));
}

TEST_CASE("two_moons_log_density takes batches of any kind", "[two_moons]") {
  std::mt19937_64 rng{5};
  const auto x = two_moons<float>(50, 0.1f, rng);
  const auto in_float = two_moons_log_density<float>(x, 0.1f);
  static_assert(std::is_same_v<decltype(in_float), const Eigen::VectorXf>);
  const Eigen::VectorXd in_double = two_moons_log_density<double>(x, 0.1f);
  REQUIRE(in_float.size() == 50);
  CHECK(in_float == in_double.cast<float>());
  for (Index i = 0; i < 50; ++i) CHECK(two_moons_log_density(x.col(i), 0.1f)(0) == in_float(i));
  CHECK(two_moons_log_density(x.middleCols(10, 5), 0.1f) == in_float.segment(10, 5));
  CHECK(two_moons_log_density(Eigen::Matrix2f::Identity() * x, 0.1f) == in_float);
  const Eigen::MatrixXf dynamic = x;
  CHECK(two_moons_log_density(dynamic, 0.1f) == in_float);
  CHECK(two_moons_log_density(x.leftCols(0), 0.1f).size() == 0);
}

TEST_CASE("two_moons' density integrates to 1, and its entropy agrees with a plain grid", "[two_moons]") {
  const double noise = GENERATE(0.05, 0.15, 2.0);
  INFO("noise " << noise);
  // The trapezoid rule on a grid of squares.
  const double step = std::min(noise / 4, 0.1);
  const double reach = 8.5 * noise;
  double mass = 0;
  double entropy = 0;
  for (double x = -1 - reach; x < 2 + reach; x += step) {
    for (double y = -0.5 - reach; y < 1 + reach; y += step) {
      const auto [to_outer, to_inner] = distances({x, y});
      if (std::min(to_outer, to_inner) > reach) continue;
      const double log_density = bijou::detail::log_two_moons_density({x, y}, noise);
      const double p = std::exp(log_density) * step * step;
      mass += p;
      entropy -= p * log_density;
    }
  }
  CHECK(std::abs(mass - 1) < 1e-10);
  CHECK(std::abs(entropy - two_moons_entropy(noise)) < 1e-8);
}

TEST_CASE("two_moons_entropy is the mean negative log density of samples", "[two_moons]") {
  const double noise = GENERATE(0.005, 0.1, 1.0);
  const unsigned seed = 6;
  INFO("seed " << seed << ", noise " << noise);
  std::mt19937_64 rng{seed};
  const Eigen::VectorXd nll = -two_moons_log_density(two_moons<double>(20'000, noise, rng), noise);
  const double deviation = std::sqrt((nll.array() - nll.mean()).square().mean());
  CHECK(std::abs(nll.mean() - two_moons_entropy(noise)) < 4 * deviation / std::sqrt(20'000.0));
}

TEST_CASE("two_moons_entropy in the limits of small and large noise", "[two_moons]") {
  // A line of length 2 pi, thickened by a normal across it; the ends add a term of the order of the noise.
  const double small = 1e-5;
  const double line = std::log(2 * pi) + std::log(2 * pi * small * small) / 2 + 0.5;
  CHECK(std::abs(two_moons_entropy(small) - line) < 1e-4);
  // At most the entropy of the normal of the same covariance, and nearly that when the noise hides the arcs.
  const double large = 5;
  const double xx = 0.75 + large * large;
  const double yy = 0.5625 - 1 / pi + large * large;
  const double xy = 0.125 - 1 / pi;
  const double normal = std::log(2 * pi) + 1 + std::log(xx * yy - xy * xy) / 2;
  const double entropy = two_moons_entropy(large);
  CHECK(entropy < normal);
  CHECK(entropy > normal - 1e-4);
  CHECK(two_moons_entropy(0.05) == Approx(0.289233737556).epsilon(1e-9));  // by the grid of the test above, finer
}

TEST_CASE("two_moons refuses what has no meaning", "[two_moons]") {
  std::mt19937_64 rng{7};
  const std::mt19937_64 before = rng;
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Zero(2, 4);
  CHECK_THROWS_AS(two_moons<float>(-1, 0.1f, rng), std::invalid_argument);
  CHECK_THROWS_WITH(two_moons<float>(-1, 0.1f, rng), "two_moons: expected a number of points of at least 0, got -1");
  CHECK_THROWS_WITH(two_moons<double>(10, -0.1, rng), "two_moons: expected a finite noise of at least 0, got -0.1");
  CHECK_THROWS_WITH(two_moons<double>(10, nan, rng), "two_moons: expected a finite noise of at least 0, got nan");
  CHECK_THROWS_WITH(two_moons<double>(10, infinity, rng), "two_moons: expected a finite noise of at least 0, got inf");
  CHECK(rng == before);
  CHECK_THROWS_AS(two_moons_log_density(x, 0.0), std::invalid_argument);
  CHECK_THROWS_WITH(two_moons_log_density(x, 0.0), "two_moons_log_density: expected a finite noise above 0, got 0");
  CHECK_THROWS_WITH(two_moons_log_density(x, -1.0), "two_moons_log_density: expected a finite noise above 0, got -1");
  CHECK_THROWS_WITH(two_moons_log_density(Eigen::MatrixXd(3, 4), 0.1),
                    "two_moons_log_density: expected events of 2 rows, got 3");
  CHECK_THROWS_AS(two_moons_entropy(0), std::invalid_argument);
  CHECK_THROWS_WITH(two_moons_entropy(nan), "two_moons_entropy: expected a finite noise above 0, got nan");
}

#include <bijou/datasets/toys.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/statistics.hpp"

using namespace bijou::datasets;
using Eigen::Index;
using Eigen::Vector2d;
using statistics::chi_square_score;
using statistics::frequency_score;
using statistics::kolmogorov_smirnov;

namespace {

const double pi = 3.14159265358979323846;
const std::uint64_t n = 100'000;
const auto size = static_cast<Index>(n);

double normal_cdf(double x) { return statistics::normal_cdf(x); }
double uniform_cdf(double x) { return x; }

// Within 4 standard errors, taken from the sample.
bool mean_is(const Eigen::ArrayXd& sample, double expected) {
  const double deviation = std::sqrt((sample - sample.mean()).square().mean());
  return std::abs(sample.mean() - expected) < 4 * deviation / std::sqrt(static_cast<double>(sample.size()));
}

}  // namespace

TEMPLATE_TEST_CASE("circles are scikit-learn's, of radius 1 and 1/2", "[toys]", BIJOU_TEST_SCALARS) {
  const unsigned seed = 1;
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Eigen::Matrix2Xd x = circles<TestType>(size, 0, rng).template cast<double>();
  REQUIRE(x.cols() == size);
  std::uint64_t outer = 0;
  std::array<std::vector<double>, 2> angles;
  double furthest = 0;
  for (Index i = 0; i < size; ++i) {
    const double radius = x.col(i).norm();
    const bool is_outer = radius > 0.75;
    outer += is_outer;
    furthest = std::max(furthest, std::abs(radius - (is_outer ? 1 : 0.5)));
    angles[is_outer].push_back(std::atan2(x(1, i), x(0, i)) / (2 * pi) + 0.5);
  }
  CHECK(furthest < 2 * std::numeric_limits<TestType>::epsilon());
  CHECK(std::abs(frequency_score(outer, n, 0.5)) < 4);
  for (const auto& angle : angles) CHECK(kolmogorov_smirnov(angle, uniform_cdf) < 1.95);

  std::mt19937_64 same{seed};
  const Eigen::Matrix2Xd noisy = circles<TestType>(size, static_cast<TestType>(0.08), same).template cast<double>();
  std::vector<double> shifts;
  for (Index i = 0; i < size; ++i) {
    shifts.push_back((noisy(0, i) - x(0, i)) / 0.08);
    shifts.push_back((noisy(1, i) - x(1, i)) / 0.08);
  }
  CHECK(kolmogorov_smirnov(shifts, normal_cdf) < 1.95);
  CHECK(mean_is(noisy.colwise().squaredNorm().transpose(), 0.625 + 2 * 0.08 * 0.08));
}

TEMPLATE_TEST_CASE("pinwheel has five blades that bend clockwise", "[toys]", BIJOU_TEST_SCALARS) {
  const unsigned seed = 2;
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Eigen::Matrix2Xd x = pinwheel<TestType>(size, rng).template cast<double>();
  REQUIRE(x.cols() == size);
  CHECK(mean_is(x.row(0).transpose(), 0));
  CHECK(mean_is(x.row(1).transpose(), 0));
  CHECK(mean_is(x.colwise().squaredNorm().transpose(), 4 * (1 + 0.3 * 0.3 + 0.1 * 0.1)));

  // Unbend: u = |x| / 2 (cos a, sin a) where a - exp(u1) / 4 - 2 pi k / 5 is the angle of x. The right blade k has the
  // smallest |a|, except for a few points next to the origin.
  std::vector<std::uint64_t> blades(5);
  std::vector<double> radial;
  std::vector<double> tangential;
  for (Index i = 0; i < size; ++i) {
    const double radius = x.col(i).norm() / 2;
    const double angle = std::atan2(x(1, i), x(0, i));
    std::size_t blade = 5;
    double best = pi / 5;
    for (std::size_t k = 0; k < 5; ++k) {
      const double turn = 2 * pi * static_cast<double>(k) / 5 + angle;
      double low = -0.7;
      double high = 0.7;
      const auto excess = [&](double a) {
        return std::remainder(a - std::exp(radius * std::cos(a)) / 4 - turn, 2 * pi);
      };
      if (excess(low) > 0 || excess(high) < 0 || excess(high) - excess(low) > pi) continue;
      for (int step = 0; step < 40; ++step) {
        const double middle = (low + high) / 2;
        (excess(middle) < 0 ? low : high) = middle;
      }
      if (std::abs(low) < std::abs(best)) {
        best = low;
        blade = k;
      }
    }
    if (radius < 0.5 || blade == 5) continue;
    ++blades[blade];
    radial.push_back((radius * std::cos(best) - 1) / 0.3);
    tangential.push_back(radius * std::sin(best) / 0.1);
  }
  CHECK(std::abs(chi_square_score(blades)) < 4);
  // The points next to the origin, left out, are those below 0.5.
  CHECK(std::abs(static_cast<double>(radial.size()) / static_cast<double>(n) - normal_cdf(0.5 / 0.3)) < 0.01);
  // The radial normal, by its upper half.
  std::erase_if(radial, [](double e) { return e < 0; });
  CHECK(std::abs(frequency_score(radial.size(), n, 0.5)) < 4);
  CHECK(kolmogorov_smirnov(radial, [](double e) { return 2 * normal_cdf(e) - 1; }) < 1.95);
  CHECK(kolmogorov_smirnov(tangential, normal_cdf) < 1.95);
}

TEMPLATE_TEST_CASE("eight_gaussians stand evenly on a circle", "[toys]", BIJOU_TEST_SCALARS) {
  const unsigned seed = 3;
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Eigen::Matrix2Xd x = eight_gaussians<TestType>(size, rng).template cast<double>();
  REQUIRE(x.cols() == size);
  std::vector<std::uint64_t> counts(8);
  for (Index i = 0; i < size; ++i) {
    const double eighth = std::atan2(x(1, i), x(0, i)) / (pi / 4);
    ++counts[(static_cast<std::size_t>(std::lround(eighth) + 8)) % 8];
  }
  CHECK(std::abs(chi_square_score(counts)) < 4);
  CHECK(mean_is(x.row(0).transpose(), 0));
  CHECK(mean_is(x.row(1).transpose(), 0));
  CHECK(mean_is(x.colwise().squaredNorm().transpose(), 8 + 2 * 0.125));
  CHECK(mean_is(x.colwise().squaredNorm().array().square().transpose(), 64 + 4 * 8 * 2 * 0.125 + 8 * 0.125 * 0.125));
  // The marginal over x1 is an exact mixture.
  std::vector<double> first(n);
  for (Index i = 0; i < size; ++i) first[static_cast<std::size_t>(i)] = x(0, i);
  CHECK(kolmogorov_smirnov(first, [](double value) {
          double p = 0;
          for (int k = 0; k < 8; ++k)
            p += normal_cdf((value - std::sqrt(8.0) * std::cos(pi * k / 4)) / std::sqrt(0.125));
          return p / 8;
        }) < 1.95);
}

TEMPLATE_TEST_CASE("checkerboard is uniform on eight squares", "[toys]", BIJOU_TEST_SCALARS) {
  const unsigned seed = 4;
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const auto x = checkerboard<TestType>(size, rng);
  REQUIRE(x.cols() == size);
  std::vector<std::uint64_t> counts(16);
  std::array<std::vector<double>, 2> inside;
  for (Index i = 0; i < size; ++i) {
    const Vector2d halves = x.col(i).template cast<double>() / 2;
    const Vector2d square = halves.array().floor();
    const Vector2d rest = halves - square;
    if (rest.minCoeff() < 1e-6 || rest.maxCoeff() > 1 - 1e-6) continue;  // float may round over an edge
    ++counts.at(static_cast<std::size_t>(4 * (square.x() + 2) + square.y() + 2));
    inside[0].push_back(rest.x());
    inside[1].push_back(rest.y());
  }
  CHECK(x.cwiseAbs().maxCoeff() <= 4);
  CHECK(inside[0].size() > n - 10);
  std::vector<std::uint64_t> dark;
  for (std::size_t i = 0; i < 16; ++i) {
    if ((i / 4 + i % 4) % 2 == 0)
      dark.push_back(counts[i]);
    else
      CHECK(counts[i] == 0);
  }
  CHECK(std::abs(chi_square_score(dark)) < 4);
  for (const auto& coordinate : inside) CHECK(kolmogorov_smirnov(coordinate, uniform_cdf) < 1.95);
}

TEMPLATE_TEST_CASE("spirals are two, of one and a half turns", "[toys]", BIJOU_TEST_SCALARS) {
  const unsigned seed = 5;
  INFO("seed " << seed);
  std::mt19937_64 rng{seed};
  const Eigen::Matrix2Xd x = spirals<TestType>(size, 0, rng).template cast<double>();
  REQUIRE(x.cols() == size);
  CHECK(mean_is(x.row(0).transpose(), 0));
  CHECK(mean_is(x.row(1).transpose(), 0));
  // E a^2 = 9 pi^2 / 2, E a sin a = 2 (9 pi^2 - 4) / (9 pi^2), E a cos a = -12 pi / (9 pi^2), E b = 1/4, E b^2 = 1/12.
  const double square = 4.5 * pi * pi + (2 * (9 * pi * pi - 4) + 12 * pi) / (9 * pi * pi) / 2 + 2.0 / 12;
  CHECK(mean_is(x.colwise().squaredNorm().transpose(), square / 9));

  // Each of these points is s (-a cos a + b1, a sin a + b2) / 3 for some a.
  std::uint64_t found = 0;
  for (Index i = 0; i < 300; ++i) {
    bool on_spiral = false;
    for (const double s : {1.0, -1.0}) {
      for (double a = 0; a <= 3 * pi; a += 0.002) {
        const double b1 = 3 * s * x(0, i) + a * std::cos(a);
        const double b2 = 3 * s * x(1, i) - a * std::sin(a);
        on_spiral = on_spiral || (std::min(b1, b2) >= -0.02 && std::max(b1, b2) <= 0.52);
      }
    }
    found += on_spiral;
  }
  CHECK(found == 300);

  std::mt19937_64 same{seed};
  const Eigen::Matrix2Xd noisy = spirals<TestType>(size, static_cast<TestType>(0.1), same).template cast<double>();
  std::vector<double> shifts;
  for (Index i = 0; i < size; ++i) {
    shifts.push_back((noisy(0, i) - x(0, i)) / 0.1);
    shifts.push_back((noisy(1, i) - x(1, i)) / 0.1);
  }
  CHECK(kolmogorov_smirnov(shifts, normal_cdf) < 1.95);
}

TEST_CASE("toys: the same seed gives the same points, in float and in double", "[toys]") {
  const auto check = [](auto in_double, auto in_float) {
    std::mt19937_64 first{6};
    std::mt19937_64 second{6};
    std::mt19937_64 third{6};
    const Eigen::Matrix2Xd x = in_double(first);
    CHECK(x.cols() == 500);
    CHECK(in_double(second) == x);
    CHECK(in_float(third).isApprox(x.cast<float>(), 1e-6f));
    CHECK(first() == third());
    CHECK(in_double(first) != x);
  };
  check([](auto& rng) { return circles<double>(500, 0.1, rng); },
        [](auto& rng) { return circles<float>(500, 0.1f, rng); });
  check([](auto& rng) { return pinwheel<double>(500, rng); }, [](auto& rng) { return pinwheel<float>(500, rng); });
  check([](auto& rng) { return eight_gaussians<double>(500, rng); },
        [](auto& rng) { return eight_gaussians<float>(500, rng); });
  check([](auto& rng) { return checkerboard<double>(500, rng); },
        [](auto& rng) { return checkerboard<float>(500, rng); });
  check([](auto& rng) { return spirals<double>(500, 0.1, rng); },
        [](auto& rng) { return spirals<float>(500, 0.1f, rng); });
}

TEST_CASE("toys refuse what has no meaning", "[toys]") {
  std::mt19937_64 rng{7};
  const std::mt19937_64 before = rng;
  CHECK_THROWS_AS(circles<double>(-1, 0.1, rng), std::invalid_argument);
  CHECK_THROWS_WITH(circles<double>(-1, 0.1, rng), "circles: expected a number of points of at least 0, got -1");
  CHECK_THROWS_WITH(circles<double>(1, -0.1, rng), "circles: expected a finite noise of at least 0, got -0.1");
  CHECK_THROWS_WITH(pinwheel<float>(-2, rng), "pinwheel: expected a number of points of at least 0, got -2");
  CHECK_THROWS_WITH(eight_gaussians<float>(-3, rng),
                    "eight_gaussians: expected a number of points of at least 0, got -3");
  CHECK_THROWS_WITH(checkerboard<float>(-4, rng), "checkerboard: expected a number of points of at least 0, got -4");
  CHECK_THROWS_WITH(spirals<float>(-5, 0.1f, rng), "spirals: expected a number of points of at least 0, got -5");
  CHECK_THROWS_WITH(spirals<float>(1, std::numeric_limits<float>::quiet_NaN(), rng),
                    "spirals: expected a finite noise of at least 0, got nan");
  CHECK(rng == before);
  CHECK(circles<double>(0, 0.1, rng).cols() == 0);
  CHECK(checkerboard<float>(0, rng).cols() == 0);
}

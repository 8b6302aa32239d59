#include <bijou/datasets/points.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("points calls its function once for each column, in order", "[datasets]") {
  double next = 0;
  const auto x = detail::points<float>(3, [&]() -> detail::Point { return {next, -(next += 1)}; });
  CHECK(x.rows() == 2);
  CHECK(x.cols() == 3);
  CHECK(x.row(1) == Eigen::RowVector3f(-1, -2, -3));
  CHECK(detail::points<double>(0, [] { return detail::Point{0, 0}; }).cols() == 0);
}

TEST_CASE("normal_pair takes two normals from the generator", "[datasets]") {
  std::mt19937_64 rng{3};
  std::mt19937_64 same{3};
  const detail::Point pair = detail::normal_pair(rng);
  CHECK(pair.x == normal(same));
  CHECK(pair.y == normal(same));
}

TEST_CASE("Counts and noises are checked", "[datasets]") {
  CHECK_NOTHROW(detail::require_count("ring", 0));
  CHECK(message_of([] { detail::require_count("ring", -1); }) ==
        "ring: expected a number of points of at least 0, got -1");
  CHECK_NOTHROW(detail::require_noise("ring", 0.0, true));
  CHECK(message_of([] { detail::require_noise("ring", 0.0, false); }) ==
        "ring: expected a finite noise above 0, got 0");
  CHECK(message_of([] { detail::require_noise("ring", -1.0, true); }) ==
        "ring: expected a finite noise of at least 0, got -1");
}

#include <bijou/inference/resample.hpp>
#include <cstdint>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/statistics.hpp"

using namespace bijou;

TEST_CASE("resample: as often as the weights say, and never what has none", "[resample]") {
  const double none = -std::numeric_limits<double>::infinity();
  Eigen::VectorXd log_w(5);
  log_w << std::log(1.0), none, std::log(2.0), std::log(5.0), none;
  log_w.array() += 1e4;
  std::mt19937_64 rng{1};
  std::vector<std::uint64_t> counts(5, 0);
  for (const Index each : resample(log_w, 80'000, rng)) ++counts[static_cast<std::size_t>(each)];
  CHECK(counts[1] == 0);
  CHECK(counts[4] == 0);
  // False-alarm rate 0.001.
  CHECK(statistics::chi_square_score({counts[0], counts[2], counts[3]}, {0.125, 0.25, 0.625}) < 3.1);
  CHECK(resample(log_w, 0, rng).empty());
}

TEST_CASE("resample: what is refused", "[resample]") {
  std::mt19937_64 rng{1};
  const Eigen::Vector2d none = Eigen::Vector2d::Constant(-std::numeric_limits<double>::infinity());
  CHECK(message_of([&] { resample(none, 3, rng); }) == "resample: all weights are 0");
  CHECK(message_of([&] { resample(Eigen::Vector2d(0, 0), -1, rng); }) == "resample: cannot draw -1 events");
}

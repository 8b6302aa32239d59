#include <bijou/distributions/sample.hpp>

#include "support/catch.hpp"

TEST_CASE("a sample is events with their densities", "[sample]") {
  const auto [events, log_prob] =
      bijou::Sample<float, 2>{Eigen::Matrix2Xf::Constant(2, 3, 1.0f), Eigen::Vector3f(1, 2, 3)};
  CHECK(events.cols() == log_prob.size());
}

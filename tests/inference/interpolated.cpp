#include <bijou/datasets/double_well.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/interpolated.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Interpolated: the geometric path and its score", "[interpolated]") {
  const StandardNormal<double, 2> normal;
  const datasets::DoubleWell<double> well;
  const Eigen::Matrix2Xd x = Eigen::Matrix2Xd::Random(2, 150);
  for (const double lambda : {0.0, 0.3, 1.0}) {
    INFO(lambda);
    const Interpolated between{normal, well, lambda};
    static_assert(Energy<decltype(between)>);
    CHECK((log_prob(between, x) - (1 - lambda) * normal.log_prob(x) - lambda * log_prob(well, x)).norm() < 1e-12);
    CHECK((score(between, x) - (1 - lambda) * normal.score(x) - lambda * score(well, x)).norm() < 1e-12);
  }
}

TEST_CASE("Interpolated: at its ends the other energy is not looked at", "[interpolated]") {
  const Uniform<double, 2> box{{0.0, 0.0}, {1.0, 1.0}};
  const StandardNormal<double, 2> normal;
  const Eigen::Vector2d outside(2.0, 2.0);
  CHECK(log_prob(Interpolated{box, normal, 1.0}, outside) == normal.log_prob(outside));
  CHECK(log_prob(Interpolated{normal, box, 0.0}, outside) == normal.log_prob(outside));
  CHECK(log_prob(Interpolated{normal, box, 0.5}, outside) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("Interpolated: wrong numbers are refused", "[interpolated]") {
  const StandardNormal<double, Eigen::Dynamic> two(2), three(3);
  CHECK(message_of([&] { Interpolated(two, two, 1.5); }) == "Interpolated: expected a lambda in [0, 1], got 1.5");
  CHECK(message_of([&] { Interpolated(two, three, 0.5); }) ==
        "Interpolated: the parts have different event sizes, 2 and 3");
}

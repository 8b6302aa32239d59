#include <bijou/training/schedule.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "support/catch.hpp"
#include "training/floating_point_flags.hpp"

using namespace bijou;

namespace {

const double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("ConstantSchedule is 1", "[schedule]") {
  CHECK(ConstantSchedule{}(0, 1) == 1);
  CHECK(ConstantSchedule{}(99, 100) == 1);
}

TEST_CASE("CosineSchedule falls along half a cosine", "[schedule]") {
  const CosineSchedule cosine;
  CHECK(cosine(0, 100) == 1);
  CHECK(cosine(25, 100) == Approx(0.5 + std::numbers::sqrt2 / 4).epsilon(1e-14));
  CHECK(cosine(50, 100) == Approx(0.5).epsilon(1e-14));
  CHECK(cosine(75, 100) == Approx(0.5 - std::numbers::sqrt2 / 4).epsilon(1e-14));
  CHECK(cosine(100, 100) == 0);

  const CosineSchedule to_a_tenth{.final_factor = 0.1};
  CHECK(to_a_tenth(0, 100) == 1);
  CHECK(to_a_tenth(50, 100) == Approx(0.55).epsilon(1e-14));
  CHECK(to_a_tenth(100, 100) == 0.1);
}

TEST_CASE("CosineSchedule warms up along a line that meets the cosine", "[schedule]") {
  const CosineSchedule cosine{.warm_up_fraction = 0.2, .final_factor = 0.5};
  CHECK(cosine(0, 100) == 0.05);
  CHECK(cosine(9, 100) == 0.5);
  CHECK(cosine(19, 100) == 1);
  CHECK(cosine(20, 100) == 1);
  CHECK(cosine(60, 100) == Approx(0.75).epsilon(1e-14));
  CHECK(cosine(100, 100) == 0.5);

  const CosineSchedule only_up{.warm_up_fraction = 1};
  CHECK(only_up(0, 4) == 0.25);
  CHECK(only_up(3, 4) == 1);
}

TEST_CASE("ExponentialSchedule decays by equal ratios", "[schedule]") {
  const ExponentialSchedule exponential{.final_factor = 1.0 / 16};
  CHECK(exponential(0, 40) == 1);
  CHECK(exponential(10, 40) == Approx(0.5).epsilon(1e-14));
  CHECK(exponential(20, 40) == Approx(0.25).epsilon(1e-14));
  CHECK(exponential(40, 40) == Approx(1.0 / 16).epsilon(1e-14));
}

TEST_CASE("StepSchedule goes down at exact steps", "[schedule]") {
  const StepSchedule stairs{.every_fraction = 0.1, .factor = 0.5};
  for (std::int64_t step = 0; step < 30; ++step) {  // 0.1 * 30 is a little more than 3 in double
    CHECK(stairs(step, 30) == std::pow(0.5, static_cast<double>(step / 3)));
  }
  const StepSchedule thirds{.every_fraction = 1.0 / 3, .factor = 0.1};
  CHECK(thirds(32, 100) == 1);
  CHECK(thirds(33, 100) == 0.1);
  CHECK(thirds(66, 100) == Approx(0.01).epsilon(1e-14));

  const StepSchedule every_step{.every_fraction = 1e-9, .factor = 0.5};
  CHECK(every_step(3, 10) == 0.125);
}

TEST_CASE("Schedules answer for a whole run and no further", "[schedule]") {
  const Schedule schedules[] = {ConstantSchedule{}, CosineSchedule{}, ExponentialSchedule{}, StepSchedule{}};
  for (const Schedule& schedule : schedules) {
    for (const std::int64_t total : {1, 2, 7}) {
      double last = schedule(0, total);
      CHECK(last == 1);
      for (std::int64_t step = 1; step <= total; ++step) {
        CHECK(schedule(step, total) <= last);
        last = schedule(step, total);
        CHECK(last >= 0);
      }
    }
    CHECK_THROWS_AS(schedule(-1, 10), std::invalid_argument);
    CHECK_THROWS_AS(schedule(11, 10), std::invalid_argument);
    CHECK_THROWS_AS(schedule(0, 0), std::invalid_argument);
  }
  CHECK_THROWS_WITH(ConstantSchedule{}(11, 10), "ConstantSchedule: expected a step in [0, 10], got 11");
  CHECK_THROWS_WITH(ConstantSchedule{}(0, 0), "ConstantSchedule: expected at least 1 step in total, got 0");
}

TEST_CASE("Schedules refuse members out of range", "[schedule]") {
  CHECK_THROWS_WITH((CosineSchedule{.warm_up_fraction = -0.1}(0, 10)),
                    "CosineSchedule: expected warm_up_fraction in [0, 1], got -0.1");
  CHECK_THROWS_WITH((CosineSchedule{.warm_up_fraction = 5}(0, 10)),
                    "CosineSchedule: expected warm_up_fraction in [0, 1], got 5");
  CHECK_THROWS_WITH((CosineSchedule{.final_factor = nan_value}(0, 10)),
                    "CosineSchedule: expected final_factor in [0, 1], got nan");
  CHECK_THROWS_WITH((ExponentialSchedule{.final_factor = 0}(0, 10)),
                    "ExponentialSchedule: expected final_factor in (0, 1], got 0");
  CHECK_THROWS_WITH((StepSchedule{.every_fraction = 0}(0, 10)),
                    "StepSchedule: expected every_fraction in (0, 1], got 0");
  CHECK_THROWS_WITH((StepSchedule{.factor = 1.5}(0, 10)), "StepSchedule: expected factor in (0, 1], got 1.5");
}

TEST_CASE("Schedules raise no floating-point exception", "[schedule]") {
  double sum = 0;
  CHECK(raised_by([&] {
          for (std::int64_t step = 0; step <= 10; ++step) {
            sum += bijou::ConstantSchedule{}(step, 10) + bijou::CosineSchedule{.warm_up_fraction = 0.2}(step, 10) +
                   bijou::CosineSchedule{.warm_up_fraction = 1}(step, 10) +
                   bijou::ExponentialSchedule{.final_factor = 1e-300}(step, 10) + bijou::StepSchedule{}(step, 10);
          }
        }) == 0);
  CHECK(sum > 0);
}

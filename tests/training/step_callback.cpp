#include <bijou/training/step_callback.hpp>

#include "support/catch.hpp"

using bijou::StepCallback;
using bijou::StepReport;

TEST_CASE("A callback of steps sees the report", "[step_callback]") {
  const StepReport report{3, 10, 1.5, 1e-3, 2.0};
  bijou::Index seen = -1;
  const StepCallback callback = [&](const StepReport& r) { return (seen = r.step) < 3; };
  CHECK_FALSE(callback(report));
  CHECK(seen == 3);
  CHECK(StepCallback([](const StepReport& r) { return static_cast<void>(r); })(report));
}

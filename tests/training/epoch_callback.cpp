#include <bijou/training/epoch_callback.hpp>
#include <optional>

#include "support/catch.hpp"

using bijou::EpochCallback;
using bijou::EpochReport;

TEST_CASE("A callback of epochs sees the report", "[epoch_callback]") {
  const EpochReport report{3, 10, 1.5, std::nullopt, 1e-3, 2.0};
  bijou::Index seen = -1;
  const EpochCallback callback = [&](const EpochReport& r) { return (seen = r.epoch) < 3; };
  CHECK_FALSE(callback(report));
  CHECK(seen == 3);
  CHECK(EpochCallback([](auto r) { return r.validation_nll; })(report));
}

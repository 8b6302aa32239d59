#include <bijou/core/stopwatch.hpp>
#include <chrono>
#include <thread>

#include "support/catch.hpp"

TEST_CASE("Stopwatch: counts seconds, from its restart too", "[stopwatch]") {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const Clock::time_point before = Clock::now();
  bijou::detail::Stopwatch stopwatch;
  const Clock::time_point after = Clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const double least = seconds_since(after);
  const double seconds = stopwatch.seconds();
  CHECK(seconds >= least - 1e-6);
  CHECK(seconds <= seconds_since(before) + 1e-6);
  const Clock::time_point restart = Clock::now();
  stopwatch.restart();
  const double since_restart = stopwatch.seconds();
  CHECK(since_restart >= 0);
  CHECK(since_restart <= seconds_since(restart) + 1e-6);
}

#pragma once

#include <ctime>
#if defined(_WIN32) || !defined(CLOCK_MONOTONIC)
#include <chrono>
#endif

namespace bijou::detail {

/// Wall time since its construction or its restart, by a clock that is never set. By POSIX's clock where there is one,
/// since <chrono> alone takes the compiler a fifth of the time of <Eigen/Core>.
class Stopwatch {
 public:
  double seconds() const { return now() - start_; }
  void restart() { start_ = now(); }

 private:
  static double now() {
#if defined(_WIN32) || !defined(CLOCK_MONOTONIC)
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
#else
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
#endif
  }

  double start_ = now();
};

}  // namespace bijou::detail

#pragma once

#include <bijou/training/fit.hpp>
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

/// Shows how training goes: one line in place on a terminal, else a line for each tenth of the run.
class Progress {
 public:
  void show(const bijou::EpochReport& report, double held_out_nll) const {
    const bijou::Index done = report.epoch + 1;
    const auto tenths = [&](bijou::Index epochs) { return 10 * epochs / report.epochs; };
    if (!terminal_ && tenths(done) == tenths(done - 1)) return;

    const double share = static_cast<double>(done) / static_cast<double>(report.epochs);
    std::ostringstream line;
    if (terminal_) line << '\r' << bar(share);
    line << "  epoch " << std::setw(static_cast<int>(std::to_string(report.epochs).size())) << done << '/'
         << report.epochs << std::fixed << std::setprecision(4) << "  nll " << report.train_nll << "  held out "
         << held_out_nll << "  " << clock(report.seconds / share * (1 - share)) << " left";
    if (terminal_) line << "  ";  // over the end of a longer line before
    if (!terminal_ || done == report.epochs) line << '\n';
    std::cout << line.str() << std::flush;
  }

 private:
  static bool is_terminal() {
#if __has_include(<unistd.h>)
    return isatty(fileno(stdout)) == 1;
#else
    return false;
#endif
  }

  static std::string bar(double share) {
    constexpr int width = 16;
    const int full = static_cast<int>(std::floor(share * width));
    return "  [" + std::string(static_cast<std::size_t>(full), '#') +
           std::string(static_cast<std::size_t>(width - full), '.') + "]";
  }

  static std::string clock(double seconds) {
    const auto total = static_cast<long long>(std::ceil(seconds));
    std::ostringstream text;
    text << total / 60 << ':' << std::setfill('0') << std::setw(2) << total % 60;
    return text.str();
  }

  bool terminal_ = is_terminal();
};

#pragma once

#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

/// Shows on stderr how training goes: one line in place on a terminal, else a line for each tenth of the run. The bar
/// is of the most epochs that there may be.
class Progress {
 public:
  explicit Progress(bool quiet) : quiet_(quiet) {}

  void show(long done, long most, double train_nll, double validation_nll, long epochs_without_gain) {
    if (quiet_ || (!terminal_ && 10 * done / most == 10 * (done - 1) / most)) return;
    std::ostringstream line;
    if (terminal_) line << '\r' << bar(static_cast<double>(done) / static_cast<double>(most));
    line << "  epoch " << done << '/' << most << std::fixed << std::setprecision(4) << "  loss " << train_nll
         << "  validation " << validation_nll << "  " << epochs_without_gain << " without gain";
    line << (terminal_ ? "   " : "\n");  // blanks over the end of a longer line before
    std::cerr << line.str() << std::flush;
  }

  void finish() const {
    if (!quiet_ && terminal_) std::cerr << "\n";
  }

 private:
  static bool is_terminal() {
#if __has_include(<unistd.h>)
    const char* term = std::getenv("TERM");
    return isatty(fileno(stderr)) == 1 && (term == nullptr || std::string_view(term) != "dumb");
#else
    return false;
#endif
  }

  static std::string bar(double share) {
    constexpr int width = 16;
    const int full = static_cast<int>(share * width);
    return "  [" + std::string(static_cast<std::size_t>(full), '#') +
           std::string(static_cast<std::size_t>(width - full), '.') + "]";
  }

  bool quiet_;
  bool terminal_ = is_terminal();
};

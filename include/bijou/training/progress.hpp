#pragma once

#include <bijou/core/index.hpp>
#include <bijou/core/stopwatch.hpp>
#include <bijou/training/epoch_callback.hpp>
#include <bijou/training/status_line.hpp>
#include <bijou/training/step_callback.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bijou {

/// Set members by name, in this order.
struct ProgressOptions {
  /// Must stay open as long as the ProgressLine.
  std::FILE* file = stderr;
  /// Whether one line is written over and over; by default if the file is a terminal and ${TERM} is not dumb.
  std::optional<bool> in_place = {};
  /// What `update` counts.
  std::string unit = "epoch";
};

/// Shows how training goes: a callback of fit and of all that trains in steps, and an object for loops of one's own. On
/// a terminal one line that stays in place, at most ten times a second; elsewhere a line for each tenth of the run:
///
///     [######..........]  epoch  61/150  nll 0.3105  validation 0.3342  best 0.3338 at 58  0:41 left
///
/// Losses in nats per event, best: the lowest validation loss and its epoch, counted from 1. The line ends with the
/// run, also with one that stops early or throws; the last epoch is then shown whether it is a tenth or not. A copy is
/// a line of its own.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(2'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
/// bijou::fit(flow, data, {.epochs = 20, .validation_fraction = 0.1, .callback = bijou::ProgressLine{}}, rng);
///
/// bijou::ProgressLine progress{{.unit = "step"}};
/// Eigen::VectorXf gradient(flow.parameter_count());
/// for (int step = 1; step <= 100; ++step) {
///   const float nll = flow.nll_gradient(data, gradient);
///   flow.set_parameters(flow.parameters() - 1e-3f * gradient);
///   progress.update(step, 100, {{"nll", nll}});
/// }
/// @endcode
class ProgressLine {
 public:
  explicit ProgressLine(ProgressOptions options = {})
      : unit_(std::move(options.unit)),
        line_(options.file, options.in_place.value_or(detail::is_terminal(options.file))) {}

  /// Shows an epoch of fit.
  void operator()(const EpochReport& report) {
    const Index done = report.epoch + 1;
    begin(done);
    std::string numbers = text_of("nll", report.train_nll);
    if (report.validation_nll) {
      numbers += text_of("validation", *report.validation_nll);
      if (*report.validation_nll < best_) {
        best_ = *report.validation_nll;
        best_done_ = done;
      }
      if (best_done_ > 0) numbers += text_of("best", best_) + " at " + std::to_string(best_done_);
    }
    show("epoch", done, report.epochs, report.seconds, numbers);
  }

  /// Shows a step of minimize.
  void operator()(const StepReport& report) {
    begin(report.step + 1);
    show("step", report.step + 1, report.steps, report.seconds, text_of("loss", report.loss));
  }

  /// done of total, 1 for the first, and numbers with their names. Time counts from the construction; if done is not
  /// above that of the call before, a new run has begun, whose time counts from that call.
  void update(Index done, Index total, std::initializer_list<std::pair<std::string_view, double>> numbers = {}) {
    const double now = stopwatch_.seconds();
    if (begin(done)) start_ = last_update_;
    last_update_ = now;
    std::string text;
    for (const auto& [name, number] : numbers) text += text_of(name, number);
    show(unit_, done, total, now - start_, text);
  }

  /// Ends the line, for output of one's own, or where a loop is left early and the object stays.
  void end() { line_.end(); }

 private:
  /// Whether a new run has begun.
  bool begin(Index done) {
    const bool is_new = done <= done_;
    if (is_new) {
      end();
      tenths_ = 0;
      best_ = std::numeric_limits<double>::infinity();
      best_done_ = 0;
    }
    if (is_new || done_ == 0) seconds_shown_ = -1;
    done_ = done;
    return is_new;
  }

  void show(std::string_view unit, Index done, Index total, double seconds, const std::string& numbers) {
    const double share = total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0) : 1;
    const bool is_last = done >= total;
    std::string count = std::to_string(done);
    const std::string last = std::to_string(total);
    if (count.size() < last.size()) count.insert(0, last.size() - count.size(), ' ');

    std::string text = line_.in_place() ? bar(share) + "  " : "";
    text.append(unit).append(" ").append(count).append("/").append(last).append(numbers).append("  ");
    if (is_last)
      text.append("in ").append(clock(seconds));
    else if (done > 0)
      text.append(clock(seconds * static_cast<double>(total - done) / static_cast<double>(done))).append(" left");

    const auto tenths = static_cast<int>(std::floor(10 * share + 1e-9));
    const bool is_due = line_.in_place() ? seconds_shown_ < 0 || seconds - seconds_shown_ >= 0.1
                                         : std::exchange(tenths_, tenths) < tenths;
    if (is_due || is_last) {
      line_.show(std::move(text));
      seconds_shown_ = seconds;
    } else {
      line_.keep(std::move(text));
    }
    if (is_last) line_.end();
  }

  static std::string text_of(std::string_view name, double number) {
    char digits[32];
    const bool is_long = !(std::abs(number) < 1e6);
    const auto stop = is_long ? std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general, 5)
                              : std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed, 4);
    return std::string("  ").append(name).append(" ").append(digits, stop.ptr);
  }

  static std::string bar(double share) {
    constexpr std::size_t width = 16;
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    return std::string("[").append(full, '#').append(width - full, '.').append("]");
  }

  /// Minutes and seconds, and hours where there are any.
  static std::string clock(double seconds) {
    const auto total = static_cast<long long>(std::ceil((std::min)(seconds, 1e9)));
    char text[32];
    if (total < 3600)
      std::snprintf(text, sizeof text, "%lld:%02lld", total / 60, total % 60);
    else
      std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", total / 3600, total / 60 % 60, total % 60);
    return text;
  }

  std::string unit_;
  detail::StatusLine line_;
  Index done_ = 0;
  int tenths_ = 0;
  double seconds_shown_ = -1;  // -1: nothing was shown
  double best_ = std::numeric_limits<double>::infinity();
  Index best_done_ = 0;
  detail::Stopwatch stopwatch_;
  double start_ = 0, last_update_ = 0;
};

}  // namespace bijou

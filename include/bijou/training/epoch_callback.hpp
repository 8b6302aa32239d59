#pragma once

#include <bijou/core/tile.hpp>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace bijou {

/// What fit knows at the end of an epoch. Losses in nats per event.
struct EpochReport {
  /// The epoch that has just ended; the first is 0.
  Index epoch;
  /// How many epochs were asked for.
  Index epochs;
  /// Running training loss: the mean over the epoch's events of -ln p, each evaluated before the step of its batch.
  double train_nll;
  /// Mean over the validation events at the end of the epoch; none without a validation set.
  std::optional<double> validation_nll;
  /// Learning rate of the last batch.
  double learning_rate;
  /// Since the start of fit.
  double seconds;
};

/// A function that fit calls at the end of each epoch, made from anything that takes a const EpochReport&. If it
/// returns bool, false asks fit to stop; whatever else it returns is ignored.
///
/// @code{.cpp}
/// const bijou::EpochCallback show = [](const bijou::EpochReport& report) { std::printf("%g\n", report.train_nll); };
/// const bijou::EpochCallback stop_at_zero = [](const bijou::EpochReport& report) { return report.train_nll > 0; };
/// @endcode
class EpochCallback {
 public:
  /// Does nothing.
  EpochCallback() = default;
  EpochCallback(std::nullptr_t) {}

  template <class F>
  requires std::invocable<F&, const EpochReport&> && (!std::same_as<F, EpochCallback>)
  EpochCallback(F f) {
    if constexpr (std::same_as<std::invoke_result_t<F&, const EpochReport&>, bool>) {
      function_ = std::move(f);
    } else if (std::function<void(const EpochReport&)> go_on = std::move(f)) {  // not an empty std::function
      function_ = [go_on = std::move(go_on)](const EpochReport& report) {
        go_on(report);
        return true;
      };
    }
  }

  /// Whether training shall go on.
  bool operator()(const EpochReport& report) const { return !function_ || function_(report); }

 private:
  std::function<bool(const EpochReport&)> function_;
};

}  // namespace bijou

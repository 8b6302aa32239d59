#pragma once

#include <bijou/core/index.hpp>
#include <bijou/training/callback.hpp>
#include <optional>

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

/// What fit calls at the end of each epoch.
using EpochCallback = Callback<EpochReport>;

}  // namespace bijou

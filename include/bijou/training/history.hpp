#pragma once

#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <optional>
#include <vector>

namespace bijou {

/// How training went. Losses in nats per event, one per epoch.
struct History {
  /// Running training loss: the mean over the epoch's events of -ln p, each evaluated before the step of its batch.
  /// Lags behind an evaluation at the end of the epoch.
  std::vector<double> train_nll;
  /// Mean over the validation events at the end of the epoch, as it came: it may be infinite or NaN. Empty without a
  /// validation set.
  std::vector<double> validation_nll;
  /// The epoch of the lowest finite loss, the first is 0: validation loss with a validation set, else running training
  /// loss. -1 if there is none.
  Index best_epoch = -1;
  /// The epoch at whose end the flow had the parameters that it has now: with a validation set best_epoch, without one,
  /// or if no validation loss was finite, the last. -1 in the history of a TrainingDiverged that stopped within an
  /// epoch and had no best one to go back to.
  Index kept_epoch = -1;
  /// Whether patience ran out, or the callback asked for the end, before the last epoch.
  bool stopped_early = false;
  /// How long fit took.
  double seconds = 0;
};

namespace detail {

/// Enters the losses of one more epoch; returns whether it is the best so far.
inline bool add_epoch(History& history, double train_nll, const std::optional<double>& validation_nll) {
  const std::vector<double>& losses = validation_nll ? history.validation_nll : history.train_nll;
  const double loss = validation_nll.value_or(train_nll);
  const bool best =
      finite(loss) && (history.best_epoch < 0 || loss < losses[static_cast<std::size_t>(history.best_epoch)]);
  if (best) history.best_epoch = static_cast<Index>(history.train_nll.size());
  history.train_nll.push_back(train_nll);
  if (validation_nll) history.validation_nll.push_back(*validation_nll);
  return best;
}

}  // namespace detail
}  // namespace bijou

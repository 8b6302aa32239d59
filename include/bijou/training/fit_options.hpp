#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/checks.hpp>
#include <bijou/training/epoch_callback.hpp>
#include <bijou/training/schedule.hpp>
#include <cmath>

namespace bijou {

/// How fit trains. Set members by name, in this order: `{.epochs = 50, .batch_size = 32, .learning_rate = 1e-3}`.
struct FitOptions {
  /// How often the training events are gone through; at least 1.
  Index epochs = 100;
  /// Events per step, at least 1; more than there are means all of them. The last batch of an epoch takes what is left.
  Index batch_size = 256;
  /// Base learning rate, above 0.
  double learning_rate = 1e-3;
  /// Factor on the learning rate, asked before each step; by default 1 throughout.
  Schedule schedule = ConstantSchedule{};
  /// Gradients longer than this are shortened to it, see clip_by_norm; 0, the default, leaves them alone.
  double clip_norm = 0;
  /// Share of the events, drawn at random at the start of fit, that is kept from training to watch the loss on, in
  /// [0, 1); by default 0.
  double validation_fraction = 0;
  /// With a validation set: stop after so many epochs in a row without a new lowest validation loss. 0, the default,
  /// never stops early. In both cases the flow ends at the parameters of the lowest finite validation loss, if there
  /// was one.
  Index patience = 0;
  /// On how many threads the loss, its gradient and the step are computed, if the program is compiled with OpenMP; the
  /// result is the same to the last bit at any number. Pays for batches of a few hundred events, or layers of a few
  /// hundred units.
  int threads = 1;
  /// Called at the end of each epoch, a copy of it for each fit; one that returns bool stops training with false. The
  /// flow then has its current parameters, to be read only. By default nothing is called. ProgressLine shows how
  /// training goes, CsvLog (io/csv_log.hpp) writes it to a file, callbacks(a, b) makes one of several.
  EpochCallback callback = {};
};

namespace detail {

/// Refuses options outside their ranges.
inline void require_fit_options(const FitOptions& options) {
  const auto check = [](bool good, const char* expected, double given) {
    require_option("fit", finite(given) && good, expected, given);
  };
  require_at_least("fit", "epochs", 1, options.epochs);
  require_at_least("fit", "batch_size", 1, options.batch_size);
  check(options.learning_rate > 0, "a finite learning_rate above 0", options.learning_rate);
  if (!options.schedule) throw_invalid_argument("fit", "expected a schedule, got an empty function");
  check(options.clip_norm >= 0, "a finite clip_norm of at least 0", options.clip_norm);
  const double fraction = options.validation_fraction;
  check(fraction >= 0 && fraction < 1, "validation_fraction in [0, 1)", fraction);
  require_at_least("fit", "patience", 0, options.patience);
  require_at_least("fit", "threads", 1, options.threads);
  if (options.patience > 0 && fraction == 0) {
    throw_invalid_argument("fit", "expected a validation_fraction above 0 to go with a patience of ", options.patience,
                           ", got 0");
  }
}

/// How many of the events are validated with. Refuses too few events, and a share that leaves too few on either side.
inline Index validation_count(const FitOptions& options, Index events) {
  if (events < 2) throw_invalid_argument("fit", "expected at least 2 events, got ", events);
  const double fraction = options.validation_fraction;
  const auto count = static_cast<Index>(std::llround(fraction * static_cast<double>(events)));
  if (fraction > 0 && (count < 1 || events - count < 2)) {
    throw_invalid_argument(
        "fit",
        "expected a validation_fraction that leaves 1 event or more to validate with and 2 or more to train "
        "with, got ",
        fraction, " of ", events, " events");
  }
  return count;
}

/// The schedule's factor at a step. Refuses one that is negative or not finite.
inline double factor_at(const Schedule& schedule, Index step, Index total_steps) {
  const double factor = schedule(step, total_steps);
  if (!finite(factor) || factor < 0) {
    throw_invalid_argument("fit", "expected the schedule to give a finite factor of at least 0, got ", factor,
                           " at step ", step, " of ", total_steps);
  }
  return factor;
}

}  // namespace detail
}  // namespace bijou

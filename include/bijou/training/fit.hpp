#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/adam.hpp>
#include <bijou/training/clip.hpp>
#include <bijou/training/optimizer.hpp>
#include <bijou/training/schedule.hpp>
#include <bijou/training/training_diverged.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace bijou {

/// What fit knows at the end of an epoch. Losses in nats per event.
struct EpochReport {
  /// The epoch that has just ended; the first is 0.
  Index epoch;
  /// How many epochs were asked for.
  Index epochs;
  /// Mean over the epoch's events, each as it was met: at the parameters of that moment.
  double train_nll;
  /// Mean over the validation events at the end of the epoch; none without a validation set.
  std::optional<double> validation_nll;
  /// Learning rate of the last batch.
  double learning_rate;
  /// Since the start of fit.
  double seconds;
};

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
  /// Share of the events, drawn at random, that is kept from training to watch the loss on, in [0, 1); by default 0.
  double validation_fraction = 0;
  /// With a validation set: stop after so many epochs in a row without a new lowest validation loss. 0, the default,
  /// never stops early. In both cases the flow ends at the parameters of the lowest validation loss.
  Index patience = 0;
  /// On how many threads the loss, its gradient and the step are computed, if the program is compiled with OpenMP; the
  /// result is the same to the last bit at any number. Pays for batches of a few hundred events, or layers of a few
  /// hundred units.
  int threads = 1;
  /// Called at the end of each epoch; by default nothing is. The flow then has its current parameters, to be read only.
  std::function<void(const EpochReport&)> callback = {};
};

/// How training went. Losses in nats per event, one per epoch.
struct History {
  /// Mean over the epoch's events, each as it was met: at the parameters of that moment.
  std::vector<double> train_nll;
  /// Mean over the validation events at the end of the epoch; empty without a validation set.
  std::vector<double> validation_nll;
  /// The epoch at whose end the flow had the parameters that it has now, the first is 0: that of the lowest validation
  /// loss or, without a validation set, the last.
  Index best_epoch = 0;
  /// Whether patience ran out before the last epoch.
  bool stopped_early = false;
  /// How long fit took.
  double seconds = 0;
};

namespace detail {

/// Refuses what fit cannot work with; returns the number of validation events.
template <class Events>
Index check_fit(Index event_size, const Events& events, const FitOptions& options) {
  const auto at_least = [](const char* member, Index least, Index given) {
    if (given >= least) return;
    throw_invalid_argument("fit", std::string("expected ") + member + " of at least " + std::to_string(least) +
                                      ", got " + std::to_string(given));
  };
  at_least("epochs", 1, options.epochs);
  at_least("batch_size", 1, options.batch_size);
  if (!finite(options.learning_rate) || options.learning_rate <= 0) {
    throw_invalid_argument("fit", "expected a finite learning_rate above 0, got " + to_text(options.learning_rate));
  }
  if (!options.schedule) throw_invalid_argument("fit", "expected a schedule, got an empty function");
  if (!finite(options.clip_norm) || options.clip_norm < 0) {
    throw_invalid_argument("fit", "expected a finite clip_norm of at least 0, got " + to_text(options.clip_norm));
  }
  const double fraction = options.validation_fraction;
  if (!finite(fraction) || fraction < 0 || fraction >= 1) {
    throw_invalid_argument("fit", "expected validation_fraction in [0, 1), got " + to_text(fraction));
  }
  at_least("patience", 0, options.patience);
  at_least("threads", 1, options.threads);
  if (options.patience > 0 && fraction == 0) {
    throw_invalid_argument("fit", "expected a validation_fraction above 0 to go with a patience of " +
                                      std::to_string(options.patience) + ", got 0");
  }

  require_rows("fit", event_size, events.rows());
  if (events.cols() < 2)
    throw_invalid_argument("fit", "expected at least 2 events, got " + std::to_string(events.cols()));
  const auto validation_count = static_cast<Index>(std::llround(fraction * static_cast<double>(events.cols())));
  if (fraction > 0 && (validation_count < 1 || events.cols() - validation_count < 2)) {
    throw_invalid_argument(
        "fit",
        "expected a validation_fraction that leaves 1 event or more to validate with and 2 or more to train "
        "with, got " +
            to_text(fraction) + " of " + std::to_string(events.cols()) + " events");
  }
  for (Index j = 0; j < events.cols(); ++j) {
    for (Index i = 0; i < events.rows(); ++i) {
      if (finite(events(i, j))) continue;
      throw_invalid_argument("fit", "expected finite data, got " + to_text(static_cast<double>(events(i, j))) +
                                        " in column " + std::to_string(j) + ", row " + std::to_string(i) +
                                        " (counting from 0)");
    }
  }
  return validation_count;
}

// The schedule's factor, checked.
inline double factor_at(const Schedule& schedule, Index step, Index total_steps) {
  const double factor = schedule(step, total_steps);
  if (!finite(factor) || factor < 0) {
    throw_invalid_argument("fit", "expected the schedule to give a finite factor of at least 0, got " +
                                      to_text(factor) + " at step " + std::to_string(step) + " of " +
                                      std::to_string(total_steps));
  }
  return factor;
}

}  // namespace detail

/// Fits a flow to data by maximum likelihood: minimises the mean of -log p(x) over the columns of `data` with minibatch
/// steps of `optimizer`, in a new random order each epoch.
///
/// Flow: anything with what TransformedDistribution offers of this, for T = Flow::Scalar:
///
/// | expression | meaning |
/// |---|---|
/// | `flow.event_size()` | D |
/// | `flow.parameters()`, `flow.set_parameters(v)` | the parameters as one Eigen::VectorX<T> |
/// | `flow.nll(x, workspace)` | mean of -log p(x) over the columns of x, in nats |
/// | `flow.nll_gradient(x, gradient, workspace)` | the same, and writes its gradient for the parameters |
///
/// data: D x N of T, finite, N >= 2; it is not changed. rng: any uniform random bit generator; the same seed gives the
/// same result to the last bit. optimizer: any Optimizer; it keeps its state, so that it can go on with a second fit.
///
/// Throws std::invalid_argument before anything has changed (flow, rng, optimizer) if data or options are not as
/// documented. Throws TrainingDiverged as soon as a loss, a gradient or a parameter is not finite, with the flow at the
/// last parameters whose loss and gradient were finite. Whatever the callback, the schedule or the optimizer throws
/// passes through and leaves the flow at its current parameters.
///
/// After the first epoch the loop over batches takes nothing from the heap, unless flow or optimizer do.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(10'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 128, 128>{rng}};
/// bijou::AdamW<float> optimizer{{.weight_decay = 1e-4}};
/// const auto history = bijou::fit(flow, data, {.epochs = 50, .batch_size = 128, .validation_fraction = 0.1}, rng,
///                                 optimizer);
/// @endcode
template <class Flow, class Data, UniformRandomBitGenerator Rng, class O>
History fit(Flow& flow, const Eigen::MatrixBase<Data>& data, const FitOptions& options, Rng& rng, O&& optimizer) {
  using T = typename Flow::Scalar;
  static_assert(!std::is_const_v<Flow>, "fit: the flow is const");
  static_assert(
      Optimizer<std::remove_reference_t<O>, T>,
      "fit: the optimizer cannot step the flow's parameters: it needs step(Eigen::Ref<Eigen::VectorX<T>>, const "
      "Eigen::Ref<const Eigen::VectorX<T>>&, double) with T the flow's scalar, as Adam<T> has");
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  using Batch = Eigen::Matrix<T, Data::RowsAtCompileTime, Eigen::Dynamic>;
  static_assert(std::is_same_v<typename Data::Scalar, T>, "fit: data and flow must have the same scalar");

  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };

  const Eigen::Ref<const Batch> events(data.derived());
  const Index validation_count = detail::check_fit(flow.event_size(), events, options);
  const Index train_count = events.cols() - validation_count;
  const Index batch_size = (std::min)(options.batch_size, train_count);
  const Index batches = (train_count + batch_size - 1) / batch_size;
  constexpr Index most = (std::numeric_limits<Index>::max)();
  const Index total_steps = options.epochs > most / batches ? most : options.epochs * batches;
  detail::factor_at(options.schedule, 0, total_steps);
  if (flow.parameters().size() == 0)
    detail::throw_invalid_argument("fit", "the flow has no parameters; see its parameter_list");

  std::vector<Index> order(static_cast<std::size_t>(events.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  const auto gather = [&](Index first, Index count, Batch& into) {
    for (Index j = 0; j < count; ++j) into.col(j) = events.col(order[static_cast<std::size_t>(first + j)]);
  };
  Batch validation(events.rows(), validation_count);
  if (validation_count > 0) {
    shuffle(order, rng);
    gather(train_count, validation_count, validation);
    order.resize(static_cast<std::size_t>(train_count));
  }

  Workspace workspace{options.threads};
  Batch batch(events.rows(), batch_size);
  Vector parameters = flow.parameters();
  Vector last_good = parameters;  // loss and gradient were finite here
  Vector best;
  Vector gradient(parameters.size());
  double lowest = 0;  // of the validation losses
  Index step = 0;
  History history;

  for (Index epoch = 0; epoch < options.epochs && !history.stopped_early; ++epoch) {
    const auto diverge = [&](Index at, const std::string& reason) {
      flow.set_parameters(last_good);
      throw TrainingDiverged(epoch, at, reason);
    };
    shuffle(order, rng);
    double nll_sum = 0;
    double learning_rate = 0;
    for (Index at = 0; at < batches; ++at, ++step) {
      const Index first = at * batch_size;
      const Index count = (std::min)(batch_size, train_count - first);
      gather(first, count, batch);
      const T nll = flow.nll_gradient(batch.leftCols(count), gradient, workspace);
      if (!detail::finite(nll)) diverge(at, "the loss is " + detail::to_text(static_cast<double>(nll)));
      if (!detail::all_finite(gradient.data(), gradient.size())) diverge(at, "the gradient is not finite");
      last_good = parameters;
      nll_sum += static_cast<double>(nll) * static_cast<double>(count);

      if (options.clip_norm > 0) clip_by_norm(gradient, options.clip_norm);
      learning_rate = options.learning_rate * detail::factor_at(options.schedule, step, total_steps);
      constexpr bool takes_threads =
          requires(detail::ThreadCount threads) { optimizer.step(parameters, gradient, learning_rate, threads); };
      if constexpr (takes_threads)
        optimizer.step(parameters, gradient, learning_rate, options.threads);
      else
        optimizer.step(parameters, gradient, learning_rate);
      if (!detail::all_finite(parameters.data(), parameters.size())) {
        diverge(at, "a parameter is not finite after the step");
      }
      flow.set_parameters(parameters);
    }
    history.train_nll.push_back(nll_sum / static_cast<double>(train_count));
    EpochReport report{epoch, options.epochs, history.train_nll.back(), std::nullopt, learning_rate, 0};

    if (validation_count == 0) {
      history.best_epoch = epoch;
    } else {
      const T nll = flow.nll(validation, workspace);
      if (!detail::finite(nll)) {
        diverge(batches - 1, "after it the validation loss is " + detail::to_text(static_cast<double>(nll)));
      }
      report.validation_nll = static_cast<double>(nll);
      history.validation_nll.push_back(*report.validation_nll);
      if (epoch == 0 || *report.validation_nll < lowest) {
        lowest = *report.validation_nll;
        history.best_epoch = epoch;
        best = parameters;
      }
      const bool patience_is_over = options.patience > 0 && epoch - history.best_epoch >= options.patience;
      history.stopped_early = patience_is_over && epoch + 1 < options.epochs;
    }
    report.seconds = seconds();
    if (options.callback) options.callback(report);
  }
  if (validation_count > 0) flow.set_parameters(best);
  history.seconds = seconds();
  return history;
}

/// The same with Adam at its defaults.
template <class Flow, class Data, UniformRandomBitGenerator Rng>
History fit(Flow& flow, const Eigen::MatrixBase<Data>& data, const FitOptions& options, Rng& rng) {
  return fit(flow, data, options, rng, Adam<typename Flow::Scalar>{});
}

}  // namespace bijou

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/stopwatch.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/adam.hpp>
#include <bijou/training/clip.hpp>
#include <bijou/training/epoch_callback.hpp>
#include <bijou/training/fit_options.hpp>
#include <bijou/training/history.hpp>
#include <bijou/training/one_rank.hpp>
#include <bijou/training/optimizer.hpp>
#include <bijou/training/run.hpp>
#include <bijou/training/training_batch.hpp>
#include <bijou/training/training_diverged.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {
namespace detail {

template <class Flow, class Contexts>
void require_contexts(const Flow& flow, Index events, const Contexts& contexts) {
  if (contexts.cols() != 1 && contexts.cols() != events) {
    throw_invalid_argument("fit", "expected a context of 1 column or of ", events, ", one for each event, got ",
                           contexts.cols());
  }
  flow.given(contexts);  // refuses the wrong number of rows
  require_finite_columns("fit", "contexts", columns_of(contexts));
}

/// From how many events of a new order what learns at each epoch does so at most.
inline constexpr Index most_events_of_epoch = 10'000;

/// fit, on data in memory and with arguments of the right types. team: OneRank, or the ranks that train together, each
/// with events of its own or all of them. loss: MeanNll, or another with its functions; numbers: what it has beside
/// each event, R x N, or 0 x 1. checkpoints: NoCheckpoints, or what keeps the run.
template <class Team, class Loss, class Flow, class Rng, class O, class Checkpoints, class Events, class... Contexts>
History train(Team&& team, Loss&& loss, Flow& flow, const FitOptions& options, Rng& rng, O& optimizer,
              Checkpoints&& checkpoints, const EventNumbers& numbers, const Events& events,
              const Contexts&... contexts) {
  using T = typename Flow::Scalar;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  using Batch = TrainingBatch<Events, Contexts...>;

  const Stopwatch stopwatch;
  const EpochCallback callback = options.callback;  // ends with the fit: a line on the terminal, say
  Run<Flow, Rng, O, std::remove_reference_t<Team>> run{flow, rng, optimizer, team, options, events.cols()};
  History& history = run.history;
  team.template together<std::invalid_argument>([&] {
    require_fit_options(options);
    require_rows("fit", flow.event_size(), events.rows());
    require_finite_columns("fit", "data", columns_of(events));
    if (sizeof...(Contexts) == 0 && context_size(flow) > 0)
      throw_invalid_argument("fit", "expected a context of ", context_size(flow), " rows beside the data, got none");
    (require_contexts(flow, events.cols(), contexts), ...);
    if (flow.parameters().size() == 0)
      throw_invalid_argument("fit", "the flow has no parameters; see its list of members");
  });
  team.require_same_start(run, events, contexts...);
  EventCounts counts{};
  Index batch_size = 0, batches = 0, total_steps = 0;
  team.template together<std::invalid_argument>([&] {
    counts = team.count(options, events.cols());
    batch_size = (std::min)(options.batch_size, counts.train);
    batches = (counts.train + batch_size - 1) / batch_size;
    constexpr Index most = (std::numeric_limits<Index>::max)();
    total_steps = options.epochs > most / batches ? most : options.epochs * batches;
    factor_at(options.schedule, 0, total_steps);
  });
  team.require_same_schedule(options.schedule, total_steps);

  double seconds_before = 0;
  const auto seconds = [&] { return seconds_before + stopwatch.seconds(); };
  /// Learns from a share of the events that stand in an order.
  const auto learn_from = [&](const std::vector<Index>& order, const Share& share, bool is_epoch) {
    Batch learned(share.count, numbers, events, contexts...);
    learned.take(order.data() + share.first, share.count);
    learned.learn(flow, is_epoch, team.ranks());
  };
  if (checkpoints.resume(run)) {
    seconds_before = history.seconds;
    team.order_anew(run);
  } else {
    run.all_order.resize(static_cast<std::size_t>(events.cols()));
    std::iota(run.all_order.begin(), run.all_order.end(), Index{0});
    if (counts.validation > 0) team.shuffle_all(run.all_order, rng);
    run.order.resize(static_cast<std::size_t>(counts.own_train));
    if constexpr (requires { flow.is_initialized(); }) {
      if (!flow.is_initialized()) learn_from(run.all_order, team.of_training(counts.train), false);
    }
    run.parameters = run.last_good = flow.parameters();
    checkpoints.before_start(run, seconds);
  }
  loss.start(run.all_order, counts.own_train);
  const Share of_validation = team.of_validation(counts);
  Batch validation(of_validation.count, numbers, events, contexts...);
  if (of_validation.count > 0) validation.take(run.all_order.data() + of_validation.first, of_validation.count);

  Workspace workspace{options.threads};
  Batch batch(team.most_of_batch(batch_size), numbers, events, contexts...);
  Share share{};  // of the last batch
  Vector gradient(run.parameters.size());

  const auto diverge = [&](const std::string& reason) {
    const bool has_best = run.best.parameters.size() > 0;
    if (!has_best && run.step > 0) flow.set_parameters(run.last_good);  // at step 0 the flow has them
    history.kept_epoch = has_best ? history.best_epoch : Index{-1};
    history.seconds = seconds();
    team.leave_together();
    detail::raise(TrainingDiverged(run.epoch, run.batch, reason, std::move(history)));
  };

  /// Which event of a share has no finite density, if it is one of them.
  const auto bad_event = [&](const std::vector<Index>& order, const Share& part) -> std::string {
    Batch event(1, numbers, events, contexts...);
    for (Index j = part.first; j < part.first + part.count; ++j) {
      event.take(order.data() + j, 1);
      const T nll = event.nll(flow, workspace);
      if (!finite(nll)) {
        return joined(
            {", ln p of the event in column ", order[static_cast<std::size_t>(j)], team.place(), " is ", -nll});
      }
    }
    return {};
  };

  const auto start_epoch = [&] {
    // Each epoch shuffles the same order anew, so that it depends on the generator alone and not on the epochs before.
    std::copy_n(run.all_order.begin(), counts.own_train, run.order.begin());
    team.shuffle_epoch(run.order, rng);
    if constexpr (may_learn_each_epoch<Flow>) {
      if (flow.learns_each_epoch())
        learn_from(run.order, team.of_training((std::min)(counts.train, most_events_of_epoch)), true);
    }
    run.nll_sum = 0;
  };

  const auto run_batch = [&] {
    const Index first = run.batch * batch_size;
    share = team.of_batch(first, (std::min)(batch_size, counts.train - first));
    batch.take(run.order.data() + share.first, share.count);
    const T nll = team.mean(share, gradient, [&] { return loss.gradient(flow, batch, gradient, workspace); });
    if (!finite(nll)) diverge(joined({"the loss is ", nll, team.first_of(bad_event(run.order, share))}));
    if (!all_finite(gradient.data(), gradient.size())) diverge("the gradient is not finite");
    run.last_good = run.parameters;
    run.nll_sum += static_cast<double>(nll) * static_cast<double>(share.total);

    if (options.clip_norm > 0) clip_by_norm(gradient, options.clip_norm);
    run.learning_rate = options.learning_rate * factor_at(options.schedule, run.step, total_steps);
    constexpr bool takes_threads =
        requires(ThreadCount threads) { optimizer.step(run.parameters, gradient, run.learning_rate, threads); };
    if constexpr (takes_threads)
      optimizer.step(run.parameters, gradient, run.learning_rate, options.threads);
    else
      optimizer.step(run.parameters, gradient, run.learning_rate);
    if (!all_finite(run.parameters.data(), run.parameters.size())) diverge("a parameter is not finite after the step");
    if constexpr (HasMembers<Flow>) {
      if (!takes_parameters(flow, run.parameters.data()))
        diverge("the flow cannot take a parameter after the step, a scale of 0, say");
    }
    flow.set_parameters(run.parameters);
    ++run.step;
  };

  const auto end_epoch = [&] {
    EpochReport report{run.epoch, options.epochs,    run.nll_sum / static_cast<double>(counts.train),
                       {},        run.learning_rate, 0};
    if (counts.validation > 0)
      report.validation_nll = team.mean(of_validation, [&] { return loss.validate(flow, validation, workspace); });
    const bool is_best = add_epoch(history, report.train_nll, report.validation_nll);
    if (is_best && counts.validation > 0) run.best.keep(run.parameters);
    report.seconds = seconds();
    const bool goes_on = team.all(callback(report));
    const bool patience_is_over = options.patience > 0 && run.epoch - history.best_epoch >= options.patience;
    history.stopped_early = (patience_is_over || !goes_on) && run.epoch + 1 < options.epochs;
    const bool is_last = history.stopped_early || run.epoch + 1 == options.epochs;
    if (is_last && counts.validation == 0 && !finite(team.mean(share, [&] { return batch.nll(flow, workspace); }))) {
      run.batch = batches - 1;
      diverge("the loss is not finite after the last step");
    }
    team.require_same_parameters(run);
  };

  while (run.epoch < options.epochs && !history.stopped_early) {
    if (run.batch == 0) start_epoch();
    while (run.batch < batches) {
      run_batch();
      ++run.batch;
      if (run.batch < batches) checkpoints.after_batch(run, seconds);
    }
    end_epoch();
    run.batch = 0;
    ++run.epoch;
    checkpoints.after_epoch(run, seconds);
  }
  if (counts.validation > 0 && run.best.parameters.size() == 0 && !history.train_nll.empty()) {
    const std::string why = team.first_of(bad_event(run.all_order, of_validation));
    if (team.is_root())
      std::fprintf(stderr, "bijou: fit: no validation loss was finite, the flow keeps its last parameters%s\n",
                   why.c_str());
  }
  history.kept_epoch =
      run.best.parameters.size() > 0 ? history.best_epoch : static_cast<Index>(history.train_nll.size()) - 1;
  history.seconds = seconds();
  return std::move(history);
}

/// Says what is wrong with the types of a call of fit.
template <class Flow, class Data, class Rng, class O>
constexpr bool can_fit() {
  using T = typename Flow::Scalar;
  constexpr bool is_flow = requires(const Flow& flow, Workspace& workspace,
                                    const Eigen::Matrix<T, Data::RowsAtCompileTime, Eigen::Dynamic>& x) {
    flow.event_size();
    flow.nll(x, workspace);
  };
  constexpr bool flow_changes = !std::is_const_v<Flow>;
  constexpr bool takes_parameters =
      !flow_changes ||
      requires(Flow& flow, const Eigen::Vector<T, Eigen::Dynamic>& numbers) { flow.set_parameters(numbers); };
  constexpr bool scalars_agree = std::is_same_v<typename Data::Scalar, T>;
  constexpr bool rng_generates = UniformRandomBitGenerator<std::remove_reference_t<Rng>>;
  constexpr bool optimizer_steps = Optimizer<std::remove_reference_t<O>, T>;
  static_assert(is_flow,
                "fit: its first argument has no nll(x, workspace); pass a distribution, such as "
                "TransformedDistribution{base, bijector}");
  static_assert(flow_changes, "fit: the flow is const");
  static_assert(takes_parameters,
                "fit: its first argument takes no parameters; of flow.given(context) pass the flow itself, and the "
                "context beside the data: fit(flow, data, context, options, rng)");
  static_assert(scalars_agree, "fit: data and flow must have the same scalar");
  static_assert(
      rng_generates,
      "fit: rng is no generator of random bits that can be advanced: pass a std::mt19937_64, say, that is not "
      "const; a seed or std::rand will not do");
  static_assert(
      optimizer_steps,
      "fit: the optimizer cannot step the flow's parameters: it needs step(Eigen::Ref<Eigen::VectorX<T>>, const "
      "Eigen::Ref<const Eigen::VectorX<T>>&, double) with T the flow's scalar, as Adam<T> has");
  return is_flow && flow_changes && scalars_agree && rng_generates && optimizer_steps;
}

/// fit, with or without contexts.
template <class Team, class Checkpoints, class Flow, class Rng, class O, class Data, class... Context>
History fit_with(Team&& team, Checkpoints&& checkpoints, Flow& flow, const FitOptions& options, Rng& rng, O& optimizer,
                 const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<Context>&... context) {
  using T = typename Flow::Scalar;
  constexpr bool contexts_fit = (std::is_same_v<typename Context::Scalar, T> && ...);
  static_assert(contexts_fit, "fit: context and flow must have the same scalar");
  if constexpr (contexts_fit && can_fit<Flow, Data, Rng, O>()) {
    const Columns<T, Data::RowsAtCompileTime> events(for_ref(data));
    const auto train_with = [&](const auto&... contexts) {
      return train(team, MeanNll{}, flow, options, rng, optimizer, checkpoints, EventNumbers(0, 1), events,
                   contexts...);
    };
    return train_with(Columns<T>(for_ref(context))...);
  } else {
    return {};
  }
}

}  // namespace detail

/// Fits a flow to data by maximum likelihood: minimises the mean of -log p(x) over the columns of `data` with minibatch
/// steps of `optimizer`, in a new random order each epoch.
///
/// @f[ L(\theta) = -\frac{1}{N} \sum_{n=1}^N \ln p(x_n; \theta) @f]
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
/// data: D x N of T, any Eigen matrix or array expression, finite, N >= 2; it is not changed. rng: any uniform random
/// bit generator; the same seed gives the same result to the last bit. optimizer: any Optimizer, Adam by default; it
/// keeps its state, so that it can go on with a second fit. With the same generator and a constant schedule, several
/// fits then give the same bits as one of as many epochs; with a validation set they do not, since each fit draws its
/// own.
///
/// With a validation set the flow ends at the parameters of the lowest finite validation loss, however fit ends. A
/// validation loss that is not finite is no new lowest one and does not end training. Without a validation set, or
/// before the first finite validation loss, the flow keeps its current parameters; if none was finite in the end, a
/// line on stderr names the event. With patience, training ends after the first epoch e whose losses L so far have
///
/// @f[ e - \arg\min_{k \le e} L_k \ge \text{patience} @f]
///
/// Throws std::invalid_argument before anything has changed (flow, rng, optimizer) if data or options are not as
/// documented, and TrainingDiverged as soon as a training loss, a gradient or a parameter is not finite, or a parameter
/// is one that the flow refuses. A schedule that gives no finite factor of at least 0 at a later step ends fit there,
/// with std::invalid_argument. Whatever flow, callback, schedule or optimizer throw passes through.
///
/// What learns from data (Standardize) and has not done so does it first, from the events to train with alone. What
/// learns at each epoch (BatchNorm) does so at its start, from the first 10,000 events of the epoch's order, and stays
/// as it is until the next: within an epoch the loss is that of one flow, and the gradient exact. With a validation set
/// the flow ends with what it had learned at the epoch of the lowest loss.
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
template <class Flow, class Data, class Rng, class O = Adam<typename Flow::Scalar>>
History fit(Flow& flow, const Eigen::DenseBase<Data>& data, const FitOptions& options, Rng&& rng, O&& optimizer = O{}) {
  return detail::fit_with(detail::OneRank{}, detail::NoCheckpoints{}, flow, options, rng, optimizer, data);
}

/// The same for a conditional flow. context: C x N, one column for each event, or C x 1 for all; finite.
///
/// @f[ L(\theta) = -\frac{1}{N} \sum_{n=1}^N \ln p(x_n \mid c_n; \theta) @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const Eigen::RowVectorXf context = Eigen::RowVectorXf::Random(5000);
/// Eigen::Matrix2Xf data(2, 5000);
/// for (float& x : data.reshaped()) x = static_cast<float>(bijou::normal(rng));
/// data.row(0) += 3 * context;
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                     bijou::MAF<float, 2>{bijou::NetworkOptions{{32}, 1}, rng}};
/// bijou::fit(flow, data, context, {.epochs = 5}, rng);
/// @endcode
template <class Flow, class Data, class Context, class Rng, class O = Adam<typename Flow::Scalar>>
History fit(Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<Context>& context,
            const FitOptions& options, Rng&& rng, O&& optimizer = O{}) {
  return detail::fit_with(detail::OneRank{}, detail::NoCheckpoints{}, flow, options, rng, optimizer, data, context);
}

}  // namespace bijou

#pragma once

#include <bijou/core/members.hpp>
#include <bijou/core/object_visitor.hpp>
#include <bijou/core/stopwatch.hpp>
#include <bijou/io/file_bytes.hpp>
#include <bijou/io/file_error.hpp>
#include <bijou/io/load.hpp>
#include <bijou/io/safetensors.hpp>
#include <bijou/io/save.hpp>
#include <bijou/training/fit.hpp>
#include <bijou/training/one_rank.hpp>
#include <bijou/training/run.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// Where and how often checkpoints are written. Set members by name, in this order.
struct CheckpointOptions {
  /// A checkpoint after so many epochs; 0: only by the time.
  Index every_epochs = 1;
  /// One when so many seconds have passed since the last, within an epoch too; 0: only by the epochs.
  double every_seconds = 0;
  /// Whether a run that is there goes on; else it is overwritten.
  bool resume = true;
};

namespace detail {

/// What a run is besides its flow and its optimizer.
template <class T>
struct RunNumbers {
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  Index epoch = 0, batch = 0, step = 0, best_epoch = -1;
  std::vector<Index> all_order, order;
  double nll_sum = 0, learning_rate = 0, seconds = 0;
  bool stopped_early = false;
  Vector last_good, best;
  std::vector<double> train_nll, validation_nll;
  Index events = 0, parameters = 0;  // what the numbers must go with; not kept

  static constexpr auto members() {
    using Self = RunNumbers;
    return Members{state("epoch", &Self::epoch),         state("batch", &Self::batch),
                   state("step", &Self::step),           state("best_epoch", &Self::best_epoch),
                   state("all_order", &Self::all_order), state("order", &Self::order),
                   state("nll_sum", &Self::nll_sum),     state("learning_rate", &Self::learning_rate),
                   state("seconds", &Self::seconds),     state("stopped_early", &Self::stopped_early),
                   state("last_good", &Self::last_good), state("best", &Self::best),
                   state("train_nll", &Self::train_nll), state("validation_nll", &Self::validation_nll)};
  }

  template <class R>
  static RunNumbers of(const R& run, double seconds) {
    const History& history = run.history;
    const bool has_orders = run.team.keeps_orders();
    return {run.epoch,
            run.batch,
            run.step,
            history.best_epoch,
            has_orders ? run.all_order : std::vector<Index>(),
            has_orders ? run.order : std::vector<Index>(),
            run.nll_sum,
            run.learning_rate,
            seconds,
            history.stopped_early,
            run.last_good,
            run.best.parameters,
            history.train_nll,
            history.validation_nll};
  }
  template <class R>
  void give_to(R& run) {
    run.epoch = epoch;
    run.batch = batch;
    run.step = step;
    run.all_order = std::move(all_order);
    run.order = std::move(order);
    run.nll_sum = nll_sum;
    run.learning_rate = learning_rate;
    run.last_good = std::move(last_good);
    run.best.parameters = std::move(best);
    run.history = {std::move(train_nll), std::move(validation_nll), best_epoch, Index{-1}, stopped_early, seconds};
  }

  /// What no run has; LoadVisitor asks for it before anything is changed.
  std::string state_error() const {
    const auto epochs = static_cast<std::size_t>((std::max)(epoch, Index{0}));
    const bool best_fits = best.size() == 0 || best.size() == parameters;
    std::vector<bool> seen(static_cast<std::size_t>(events));
    for (const Index event : all_order) {
      if (event < 0 || event >= events || seen[static_cast<std::size_t>(event)])
        return "all_order is no order of the events";
      seen[static_cast<std::size_t>(event)] = true;
    }
    const auto outside = [this](Index event) { return event < 0 || event >= events; };
    if (static_cast<Index>(all_order.size()) != events || order.size() > all_order.size() ||
        std::any_of(order.begin(), order.end(), outside))
      return "order has other events than the data";
    if (last_good.size() != parameters || !best_fits) return "the parameters are of another flow";
    if (epoch < 0 || batch < 0 || step < 0 || train_nll.size() != epochs ||
        (!validation_nll.empty() && validation_nll.size() != epochs) || best_epoch >= epoch)
      return "the numbers of epochs do not agree";
    return {};
  }
};

/// Gives the state of an object whose size may change the sizes that it has in a file, under names that begin with
/// `above`.
template <class U>
void resize_as(const SafetensorsFile& file, const std::string& above, U& object) {
  for_each_named_state(object, [&]<class M>(const std::string& path, M& member) {
    const Tensor* const tensor = file.find(above + "." + path);
    if (tensor == nullptr || tensor->shape.size() != 1) return;
    const Index size = tensor->shape[0];
    if constexpr (EigenMember<M>) {
      if constexpr (M::RowsAtCompileTime == Eigen::Dynamic && M::ColsAtCompileTime == 1) member.resize(size);
    } else if constexpr (requires { member.resize(static_cast<std::size_t>(size)); }) {
      member.resize(static_cast<std::size_t>(size));
    }
  });
}

template <class Rng>
concept Streamable = requires(std::ostringstream& out, std::istringstream& in, Rng& rng) {
  out << rng;
  in >> rng;
};

}  // namespace detail

/// Training that survives the end of its program: `fit` with a file that is written again and again, from which a
/// second call of the same program goes on as if nothing had happened, to the last bit, at any number of threads.
///
/// The file has all that the rest of the run depends on: parameters and state of the flow, the optimizer's state, the
/// generator, the order of the events, the best parameters and the history. Data, options, schedule and callback are
/// the program's; data of another size and other options are refused, but for the number of epochs, which may grow. A
/// new file is written beside the old one and takes its place when it is on the disk; the one before stays as `path` +
/// ".previous". If there is no file at `path`, a run goes on from that; a damaged one is refused. A checkpoint of as
/// many epochs as the options say, or more, ends at once with its history.
///
/// The generator must go into a stream and out of it, as those of `random` do; an optimizer of your own lists its state
/// (`members()`). Throws what fit throws, and FileError if a checkpoint cannot be written (one is written before the
/// first step) or read, or is of another run. The flow then is as when fit throws.
///
/// Several ranks that train together (distributed/fit.hpp) have one file, which rank 0 reads and writes. A Replicated
/// run is to it as that of one process, and goes on with any number of ranks; a Sharded one with the same shards.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/io/checkpoint.hpp>
/// #include <random>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
///   bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {8}}, rng};
///   bijou::Checkpoints checkpoints("moons.checkpoint", {.every_epochs = 10, .every_seconds = 60});
///   const bijou::History history = checkpoints.fit(flow, data, {.epochs = 20}, rng);
/// }
/// @endcode
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path path, const CheckpointOptions& options = {})
      : path_(std::move(path)), options_(options) {
    detail::require_at_least("Checkpoints", "every_epochs", 0, options.every_epochs);
    if (!detail::finite(options.every_seconds) || options.every_seconds < 0) {
      detail::throw_invalid_argument("Checkpoints", "expected finite every_seconds of at least 0, got ",
                                     options.every_seconds);
    }
  }

  /// As bijou::fit, without and with a context for each event.
  template <class Flow, class Data, class Rng, class O = Adam<typename Flow::Scalar>>
  History fit(Flow& flow, const Eigen::DenseBase<Data>& data, const FitOptions& options, Rng&& rng,
              O&& optimizer = O{}) {
    return detail::fit_with(detail::OneRank{}, *this, flow, options, rng, optimizer, data);
  }
  /// The same for a conditional flow: one column of the context for each event.
  template <class Flow, class Data, class Context, class Rng, class O = Adam<typename Flow::Scalar>>
  History fit(Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<Context>& context,
              const FitOptions& options, Rng&& rng, O&& optimizer = O{}) {
    return detail::fit_with(detail::OneRank{}, *this, flow, options, rng, optimizer, data, context);
  }

  /// On several ranks; how: Replicated or Sharded.
  template <class How, class Flow, class Data, class Rng, class O = Adam<typename Flow::Scalar>>
  requires requires(How& how) { how.team(); }
  History fit(How&& how, Flow& flow, const Eigen::DenseBase<Data>& data, const FitOptions& options, Rng&& rng,
              O&& optimizer = O{}) {
    return how.team().run(
        [&](auto& team) { return detail::fit_with(team, *this, flow, options, rng, optimizer, data); });
  }
  /// The same for a conditional flow.
  template <class How, class Flow, class Data, class Context, class Rng, class O = Adam<typename Flow::Scalar>>
  requires requires(How& how) { how.team(); }
  History fit(How&& how, Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<Context>& context,
              const FitOptions& options, Rng&& rng, O&& optimizer = O{}) {
    return how.team().run(
        [&](auto& team) { return detail::fit_with(team, *this, flow, options, rng, optimizer, data, context); });
  }

  // What fit calls.

  /// Takes up the run where the newest checkpoint has left it; false if there is none, or if it is not wanted.
  template <class R>
  bool resume(R& run) {
    require_types<R>();
    if (!options_.resume) return false;
    std::string found = run.team.is_root() ? file_to_read().string() : std::string();
    run.team.broadcast(found);
    if (found.empty()) return false;
    const std::filesystem::path path(found);
    if constexpr (R::TeamType::is_alone) {
      read(SafetensorsFile(path), run);
    } else {
      const std::string bytes = bytes_of_root(path, run.team);
      const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
      run.team.template together<FileError>([&] { read(SafetensorsFile(data, bytes.size(), path), run); });
    }
    since_write_.restart();
    return true;
  }
  /// Called by fit before the first step.
  template <class R, class Seconds>
  void before_start(R& run, Seconds seconds) {
    write(run, seconds());
  }
  /// Called by fit after each step.
  template <class R, class Seconds>
  void after_batch(R& run, Seconds seconds) {
    if (time_is_over()) write(run, seconds());
  }
  /// Called by fit after each epoch.
  template <class R, class Seconds>
  void after_epoch(R& run, Seconds seconds) {
    const bool is_last = run.epoch == run.options.epochs || run.history.stopped_early;
    const bool is_due = options_.every_epochs > 0 && run.epoch % options_.every_epochs == 0;
    if (is_last || is_due || time_is_over()) write(run, seconds());
  }

 private:
  template <class R>
  using Numbers = detail::RunNumbers<typename R::Vector::Scalar>;

  template <class R>
  static constexpr void require_types() {
    static_assert(detail::HasMembers<typename R::FlowType>,
                  "Checkpoints: the flow has no list of members, static constexpr auto members()");
    static_assert(detail::HasMembers<typename R::OptimizerType>,
                  "Checkpoints: the optimizer has no list of its state, static constexpr auto members()");
    static_assert(detail::Streamable<typename R::RngType>,
                  "Checkpoints: the generator cannot be written to a stream and read again, with << and >>");
  }

  bool time_is_over() const { return options_.every_seconds > 0 && since_write_.seconds() >= options_.every_seconds; }
  std::filesystem::path previous() const {
    std::filesystem::path path = path_;
    return path += ".previous";
  }

  /// Empty if there is none.
  std::filesystem::path file_to_read() const {
    for (const std::filesystem::path& path : {path_, previous()}) {
      std::error_code error;
      if (std::filesystem::exists(path, error)) return path;
    }
    return {};
  }

  /// The file as rank 0 sees it; others need no disk in common with it.
  template <class Team>
  static std::string bytes_of_root(const std::filesystem::path& path, Team& team) {
    std::string bytes;
    team.template together<FileError>([&] {
      if (!team.is_root()) return;
      const FileBytes file(path);
      bytes.assign(reinterpret_cast<const char*>(file.data()), file.size());
    });
    team.broadcast(bytes);
    return bytes;
  }

  /// The options that a run keeps for its whole length, as text.
  template <class R>
  static std::map<std::string, std::string> fixed_options(const R& run) {
    const FitOptions& options = run.options;
    const auto text = [](double value) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.17g", value);
      return std::string(digits);
    };
    return {{"events", run.team.events_text(run.events)},
            {"batch_size", std::to_string(options.batch_size)},
            {"learning_rate", text(options.learning_rate)},
            {"clip_norm", text(options.clip_norm)},
            {"validation_fraction", text(options.validation_fraction)},
            {"patience", std::to_string(options.patience)}};
  }

  template <class R>
  void write(R& run, double seconds) {
    if (!run.team.is_root()) return;
    Numbers<R> numbers = Numbers<R>::of(run, seconds);
    SafetensorsWriter writer;
    detail::SaveVisitor visitor(writer);
    visit("run", numbers, visitor);
    visit("flow", run.flow, visitor);
    visit("optimizer", run.optimizer, visitor);
    if (auto* const best = best_state(run)) visit("best_flow", *best, visitor);
    std::ostringstream generator;
    generator << run.rng;
    writer.set_metadata("library", "bijou");
    writer.set_metadata("version", detail::version_text());
    writer.set_metadata("content", "checkpoint");
    writer.set_metadata("generator", generator.str());
    if (!run.team.keeps_orders()) writer.set_metadata("seeds", run.team.seeds());
    for (const auto& [name, value] : fixed_options(run)) writer.set_metadata(name, value);
    writer.write(path_, previous());
    since_write_.restart();
  }

  template <class R>
  static void read(const SafetensorsFile& file, R& run) {
    const std::filesystem::path& path = file.path();
    const auto found = [&](const std::string& key) {
      const auto at = file.metadata().find(key);
      return at == file.metadata().end() ? std::string("nothing") : at->second;
    };
    if (!detail::is_checkpoint(file)) detail::throw_file_error(path, "is no checkpoint");
    for (const auto& [name, value] : fixed_options(run)) {
      if (found(name) != value) {
        detail::throw_file_error(path, "is the checkpoint of another run: expected ", name, " ", value, ", found ",
                                 found(name));
      }
    }
    auto rng = run.rng;
    std::istringstream generator(found("generator"));
    if (!(generator >> rng)) detail::throw_file_error(path, "has no generator of this type");
    if (!run.team.keeps_orders() && !run.team.take_seeds(found("seeds")))
      detail::throw_file_error(path, "has no seeds of the orders of the events");

    Numbers<R> numbers;
    numbers.events = run.team.keeps_orders() ? run.events : 0;
    numbers.parameters = run.flow.parameters().size();
    auto optimizer = run.optimizer;
    detail::resize_as(file, "run", numbers);
    detail::resize_as(file, "optimizer", optimizer);
    detail::LoadVisitor visitor(file);
    visit("run", numbers, visitor);
    visit("flow", run.flow, visitor);
    visit("optimizer", optimizer, visitor);
    if constexpr (detail::may_learn_each_epoch<typename R::FlowType>) {
      const auto is_best = [](const Tensor& tensor) { return tensor.name.starts_with("best_flow."); };
      const bool has_best_state = std::any_of(file.tensors().begin(), file.tensors().end(), is_best);
      if (has_best_state) visit("best_flow", run.best.learned.emplace(run.flow), visitor);
    }
    visitor.write();
    numbers.give_to(run);
    run.optimizer = std::move(optimizer);
    run.rng = std::move(rng);
    run.parameters = run.flow.parameters();
  }

  template <class U>
  static void visit(const char* name, U& object, detail::ObjectVisitor& visitor) {
    const detail::Path path{nullptr, name, 0};
    detail::visit_object(object, &path, false, visitor);
  }

  /// The flow with what it had learned at the best epoch, or nullptr.
  template <class R>
  static auto* best_state(R& run) {
    if constexpr (detail::may_learn_each_epoch<typename R::FlowType>)
      return run.best.learned ? &*run.best.learned : nullptr;
    else
      return static_cast<typename R::FlowType*>(nullptr);
  }

  std::filesystem::path path_;
  CheckpointOptions options_;
  detail::Stopwatch since_write_;
};

}  // namespace bijou

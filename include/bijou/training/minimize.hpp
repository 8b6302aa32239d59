#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/core/stopwatch.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/adam.hpp>
#include <bijou/training/checks.hpp>
#include <bijou/training/clip.hpp>
#include <bijou/training/optimizer.hpp>
#include <bijou/training/schedule.hpp>
#include <bijou/training/step_callback.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

/// How training without a data set goes: one new batch of draws for each step. Set members by name, in this order.
struct StepOptions {
  /// At least 1.
  Index steps = 1000;
  /// Draws per step, at least 1.
  Index batch_size = 256;
  /// Base learning rate, above 0.
  double learning_rate = 1e-3;
  /// Factor on the learning rate, asked before each step; by default 1 throughout.
  Schedule schedule = ConstantSchedule{};
  /// Gradients longer than this are shortened to it, see clip_by_norm; 0, the default, leaves them alone.
  double clip_norm = 0;
  /// On how many threads loss, gradient and step are computed; the result is the same to the last bit at any number.
  int threads = 1;
  /// Called after each step, a copy of it for each run; one that returns bool stops training with false. By default
  /// nothing is called. ProgressLine shows how training goes, CsvLog (io/csv_log.hpp) writes it to a file.
  StepCallback callback = {};
};

/// How training in steps went.
struct StepHistory {
  std::vector<double> loss;  // of each step, before it
  /// Whether the callback has ended it.
  bool stopped_early = false;
  /// Wall time.
  double seconds = 0;
};

/// Thrown when a loss, a gradient or a parameter is no longer finite. The object is then at the last parameters whose
/// loss and gradient were finite.
class MinimizationDiverged : public std::runtime_error {
 public:
  MinimizationDiverged(std::string_view caller, Index step, const std::string& reason, StepHistory history)
      : std::runtime_error(detail::joined({caller, ": diverged at step ", step, " (counting from 0): ", reason})),
        step_(step),
        history_(std::move(history)) {}

  /// The step whose loss was not finite, from 0.
  Index step() const { return step_; }
  /// The steps before.
  const StepHistory& history() const { return history_; }

 private:
  Index step_;
  StepHistory history_;
};

namespace detail {

inline void require_step_options(std::string_view caller, const StepOptions& options) {
  const auto check = [&](bool good, std::string_view expected, double given) {
    require_option(caller, finite(given) && good, expected, given);
  };
  require_at_least(caller, "steps", 1, options.steps);
  require_at_least(caller, "batch_size", 1, options.batch_size);
  check(options.learning_rate > 0, "a finite learning_rate above 0", options.learning_rate);
  if (!options.schedule) throw_invalid_argument(caller, "expected a schedule, got an empty function");
  check(options.clip_norm >= 0, "a finite clip_norm of at least 0", options.clip_norm);
  require_at_least(caller, "threads", 1, options.threads);
}

template <class Object, class Loss, class O>
StepHistory take_steps(std::string_view caller, Object& object, Loss loss, const StepOptions& options, O& optimizer) {
  using T = typename Object::Scalar;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  require_step_options(caller, options);
  const Stopwatch stopwatch;
  Vector parameters = object.parameters();
  if (parameters.size() == 0) throw_invalid_argument(caller, "there are no parameters to train");
  Vector last_good = parameters;
  Vector gradient(parameters.size());
  Workspace workspace{options.threads};
  const StepCallback callback = options.callback;  // ends with the run: a line on the terminal, say
  StepHistory history;
  history.loss.reserve(static_cast<std::size_t>((std::min)(options.steps, Index{1} << 20)));

  for (Index step = 0; step < options.steps && !history.stopped_early; ++step) {
    const auto diverge = [&](const std::string& reason) {
      object.set_parameters(last_good);
      detail::raise(MinimizationDiverged(caller, step, reason, std::move(history)));
    };
    const auto value = static_cast<double>(loss(step, gradient, workspace));
    if (!finite(value)) diverge(joined({"the loss is ", value}));
    if (!all_finite(gradient.data(), gradient.size())) diverge("the gradient is not finite");
    last_good = parameters;
    if (options.clip_norm > 0) clip_by_norm(gradient, options.clip_norm);
    const double factor = options.schedule(step, options.steps);
    require_option(caller, finite(factor) && factor >= 0, "a schedule with finite factors of at least 0", factor);
    const double rate = options.learning_rate * factor;
    if constexpr (requires(ThreadCount threads) { optimizer.step(parameters, gradient, rate, threads); })
      optimizer.step(parameters, gradient, rate, options.threads);
    else
      optimizer.step(parameters, gradient, rate);
    if (!all_finite(parameters.data(), parameters.size())) diverge("a parameter is not finite after the step");
    if constexpr (HasMembers<Object>) {
      if (!takes_parameters(object, parameters.data())) diverge("a parameter after the step is one that is refused");
    }
    object.set_parameters(parameters);
    history.loss.push_back(value);
    history.seconds = stopwatch.seconds();
    if (!callback({step, options.steps, value, rate, history.seconds})) {
      history.stopped_early = step + 1 < options.steps;
      break;
    }
  }
  return history;
}

template <class Object, class Loss, class O>
StepHistory minimize(std::string_view caller, Object& object, Loss loss, const StepOptions& options, O& optimizer) {
  constexpr bool object_changes = !std::is_const_v<Object>;
  static_assert(object_changes, "minimize: the flow, or whatever is to be trained, is const");
  if constexpr (object_changes)
    return take_steps(caller, object, std::move(loss), options, optimizer);
  else
    return {};
}

}  // namespace detail

/// Minimises a loss of one's own in steps of an optimizer, with the learning rate times the schedule's factor s.
///
/// @f[ \theta_{t+1} = \theta_t + \text{step}\bigl(\nabla L(\theta_t), \eta\, s(t, T)\bigr) @f]
///
/// object: anything with `Scalar`, parameters() and set_parameters(v), such as a flow; it is changed. loss(step,
/// gradient, workspace) returns the loss at the object's parameters and writes its gradient, an Eigen::VectorX<T>;
/// options.batch_size is for the loss to read. Throws std::invalid_argument for options out of range, and
/// MinimizationDiverged as soon as loss, gradient or a parameter is not finite.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2>{{16}, rng}};
/// const auto history = bijou::minimize(
///     flow,
///     [&](bijou::Index, Eigen::VectorXf& gradient, bijou::Workspace& workspace) {
///       const auto data = bijou::datasets::two_moons<float>(256, 0.05f, rng);  // new ones in each step
///       return flow.nll_gradient(data, gradient, workspace);
///     },
///     {.steps = 100});
/// @endcode
template <class Object, class Loss, class O = Adam<typename Object::Scalar>>
StepHistory minimize(Object& object, Loss loss, const StepOptions& options, O&& optimizer = O{}) {
  return detail::minimize("minimize", object, std::move(loss), options, optimizer);
}

}  // namespace bijou

#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/inference/integrate.hpp>
#include <bijou/inference/weighted_gradient.hpp>
#include <bijou/training/minimize.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <vector>

/// Training a flow to be the proposal of an integral: the variance of f/q, the loss of neural importance sampling.
namespace bijou {

/// How variance_gradient and fit_variance treat their draws. Set members by name, in this order.
struct VarianceOptions {
  /// Above 0, a threshold t for weights w = f/q in units of the mean of |w|: they enter as
  /// @f$ t \operatorname{arsinh}(w / t) @f$, which grows like a logarithm beyond t, so that a few draws of great weight
  /// do not decide a step. madnis has 30. 0, the default, leaves weights alone.
  double softclip = 0;
  /// fit_variance keeps so many of the last draws with their integrand, at least those of one step; 0, the default, for
  /// none. For an integrand that costs more than the flow (Heimel et al. 2022).
  Index buffer = 0;
  /// With a buffer: so many steps on events of it, chosen at random, follow each step on new draws.
  Index buffered_steps = 0;
};

namespace detail {

inline void require_variance_options(std::string_view caller, const VarianceOptions& options) {
  require_option(caller, finite(options.softclip) && options.softclip >= 0, "a finite softclip of at least 0",
                 options.softclip);
  require_at_least(caller, "buffer", 0, options.buffer);
  require_at_least(caller, "buffered_steps", 0, options.buffered_steps);
  if (options.buffered_steps > 0 && options.buffer == 0)
    throw_invalid_argument(caller, "expected a buffer above 0 to go with buffered_steps");
}

/// weights: f/q_sample, softly clipped in place. Returns the mean of their absolute values after that.
template <class Weights>
double clip_softly(Weights& weights, double threshold) {
  const double scale = weights.abs().mean();
  if (threshold == 0 || scale == 0) return scale;
  for (Index n = 0; n < weights.size(); ++n)
    weights(n) = scale * threshold * std::asinh(weights(n) / scale / threshold);
  return weights.abs().mean();
}

/// The loss, from checked arguments; weights are f/q_sample and are clipped in place.
template <class Flow, class X, class Weights, class LogQ>
double write_variance_gradient(const Flow& flow, const X& events, Weights& weights, const LogQ& log_q_sample,
                               ParameterGradient<typename Flow::Scalar> gradient, double softclip,
                               Workspace& workspace) {
  using T = typename Flow::Scalar;
  const auto count = static_cast<double>(weights.size());
  const double scale = clip_softly(weights, softclip);
  if (scale == 0) {  // the integrand is 0 wherever it was looked at
    gradient.setZero();
    return 0;
  }
  const double integral = weights.mean() / scale;
  return weighted_gradient(
      flow, events.cols(), [&](const TileOfBatch& at) { return load_events<T>(events, at); }, gradient, workspace,
      [&](const TileOfBatch& at, const Sums& log_prob, Row<T> of_events) {
        double sum = 0;
        for (Index n = 0; n < at.count; ++n) {
          const double ratio = std::exp(log_prob(n) - static_cast<double>(log_q_sample(at.first + n)));
          const double w = weights(at.first + n) / scale;
          // (w / ratio - I)^2 ratio, and its derivative for ln q_test = ln ratio + constant.
          const double square = w == 0 ? 0 : w * w / ratio;
          sum += square - 2 * integral * w + integral * integral * ratio;
          of_events(n) = static_cast<T>((integral * integral * ratio - square) / count);
        }
        return sum / count;
      });
}

}  // namespace detail

/// The variance of f/q relative to the integral of |f|, from N events with density q_sample, here r, and its gradient
/// for the parameters of q, written to a vector of parameter_count():
///
/// @f[
///   L = \frac{\frac{1}{N} \sum_n (f_n / q_n - I)^2\, q_n / r_n}{\bigl(\frac{1}{N} \sum_n |f_n| / r_n\bigr)^2}, \qquad
///   I = \frac{1}{N} \sum_n \frac{f_n}{r_n}
/// @f]
///
/// (Mueller et al. 2019, "Neural importance sampling", Section 5; Heimel et al. 2022, "MadNIS"; the loss
/// stratified_variance of madnis for one channel, with softclip its stratified_variance_softclip.) Its least value is 0
/// for an integrand of one sign, at q = |f| up to a factor. If all values are 0 the loss is 0 and so is its gradient.
///
/// flow: anything with the calls of DistributionCalls. x: D x N. values: f of each event. log_q_sample: ln of the
/// density that it was drawn with, in nats: that of the flow itself, or of an earlier state of it. Throws
/// std::invalid_argument for sizes that do not fit, values that are not finite and options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::CouplingNSF<double, 2> flow{{.layers = 2, .hidden = {16}}, rng};
/// const auto draws = flow.sample_with_log_prob(256, rng);
/// const Eigen::VectorXd f = draws.events.colwise().squaredNorm().array() * (-draws.events.row(0)).array().cosh();
/// Eigen::VectorXd gradient(flow.parameter_count());
/// const double loss = bijou::variance_gradient(flow, draws.events, f, draws.log_prob, gradient, {.softclip = 30});
/// @endcode
template <class Flow, class X, class V, class LogQ, class Gradient>
double variance_gradient(const Flow& flow, const Eigen::DenseBase<X>& x, const Eigen::DenseBase<V>& values,
                         const Eigen::DenseBase<LogQ>& log_q_sample, Gradient&& gradient,
                         const VarianceOptions& options = {}, WorkspaceArgument workspace = {}) {
  constexpr std::string_view caller = "variance_gradient";
  static_assert(bool(V::IsVectorAtCompileTime) && bool(LogQ::IsVectorAtCompileTime),
                "variance_gradient: values and log densities are vectors");
  detail::require_variance_options(caller, options);
  detail::require_batch_of(caller, flow, x);
  detail::require_size(caller, "values of the integrand", x.cols(), values.size());
  detail::require_size(caller, "log densities", x.cols(), log_q_sample.size());
  Arena& arena = detail::WorkspaceAccess::arena(*workspace, 0);
  const Arena::Frame frame(arena);
  ParameterGradient<double> weights = arena.template zeros<double>(x.cols());
  for (Index n = 0; n < x.cols(); ++n) {
    const auto f = static_cast<double>(values.derived()(n)), log_q = static_cast<double>(log_q_sample.derived()(n));
    weights(n) = detail::over_density(f, log_q);
    if (detail::finite(f) && detail::finite(log_q) && detail::finite(weights(n))) continue;
    detail::throw_invalid_argument(caller, "expected a finite integrand, log density and ratio of them, got ", f,
                                   " and ", log_q, " for event ", n);
  }
  return detail::write_variance_gradient(flow, detail::in_memory(x), weights, detail::in_memory(log_q_sample),
                                         detail::gradient_of(caller, flow, gradient), options.softclip, *workspace);
}

namespace detail {

/// The draws that fit_variance takes its steps on: new ones in turn with some of those that it keeps.
template <class Flow>
class VarianceDraws {
  using T = typename Flow::Scalar;

 public:
  VarianceDraws(Index event_size, Index batch_size, const VarianceOptions& options)
      : events(event_size, batch_size),
        log_q(batch_size),
        weights(batch_size),
        buffered_steps_(options.buffered_steps),
        kept_events_(event_size, options.buffer),
        kept_log_q_(options.buffer),
        kept_weights_(options.buffer),
        order_(static_cast<std::size_t>(options.buffer)) {}

  template <class F, class Rng>
  void take(std::string_view caller, Index step, const Flow& flow, F& integrand, Rng& rng, Workspace& workspace) {
    if (step % (buffered_steps_ + 1) > 0)
      choose(rng);
    else
      draw(caller, flow, integrand, rng, workspace);
  }

  Eigen::Matrix<T, Flow::static_event_size, Eigen::Dynamic> events;
  Eigen::Vector<T, Eigen::Dynamic> log_q;
  Eigen::ArrayXd weights;  // f / q

 private:
  template <class F, class Rng>
  void draw(std::string_view caller, const Flow& flow, F& integrand, Rng& rng, Workspace& workspace) {
    flow.sample_with_log_prob(events, log_q, rng, workspace);
    evaluate_integrand(caller, integrand, events, weights);
    for (Index n = 0; n < events.cols(); ++n) weights(n) = over_density(weights(n), static_cast<double>(log_q(n)));
    for (Index n = 0; n < events.cols() && kept_log_q_.size() > 0; ++n) {
      kept_events_.col(next_) = events.col(n);
      kept_log_q_(next_) = log_q(n);
      kept_weights_(next_) = weights(n);
      next_ = (next_ + 1) % kept_log_q_.size();
      count_ = (std::min)(count_ + 1, kept_log_q_.size());
    }
  }

  /// The first of a random order of those kept, of which there are at least as many.
  template <class Rng>
  void choose(Rng& rng) {
    std::iota(order_.begin(), order_.begin() + count_, Index{0});
    for (Index n = 0; n < events.cols(); ++n) {
      const auto other = n + static_cast<Index>(uniform_index(rng, static_cast<std::uint64_t>(count_ - n)));
      std::swap(order_[static_cast<std::size_t>(n)], order_[static_cast<std::size_t>(other)]);
      const Index chosen = order_[static_cast<std::size_t>(n)];
      events.col(n) = kept_events_.col(chosen);
      log_q(n) = kept_log_q_(chosen);
      weights(n) = kept_weights_(chosen);
    }
  }

  Index buffered_steps_;
  Eigen::Matrix<T, Flow::static_event_size, Eigen::Dynamic> kept_events_;
  Eigen::Vector<T, Eigen::Dynamic> kept_log_q_;
  Eigen::ArrayXd kept_weights_;
  std::vector<Index> order_;
  Index next_ = 0;
  Index count_ = 0;
};

}  // namespace detail

/// Trains a flow to be the proposal of an integral: draws options.batch_size events, evaluates the integrand once for
/// each, and takes a step down variance_gradient; `integrate` then gives the integral. The losses of the history are
/// those of the steps, new draws and buffered ones alike; madnis draws 1024 for a step. Its least value belongs to
///
/// @f[ q(x) = \frac{|f(x)|}{\int |f(x^\prime)|\, dx^\prime} @f]
///
/// integrand: as `integrate` takes it, called in the calling thread with batch_size draws. draws: how they are clipped
/// and used again. Throws std::invalid_argument for options out of range and an integrand that is not finite, and
/// MinimizationDiverged.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto f = [](const Eigen::Matrix2Xd& x) -> Eigen::RowVectorXd {
///   return (-(x.colwise().norm().array() - 1).square() / 0.1).exp();
/// };
/// bijou::flows::CouplingNSF<double, 2> flow{{.layers = 2, .hidden = {16}}, rng};
/// bijou::fit_variance(flow, f, {.steps = 50}, rng);
/// const bijou::Integral ring = bijou::integrate(flow, f, 10'000, rng);
/// @endcode
template <class Flow, class F, class Rng, class O = Adam<typename Flow::Scalar>>
StepHistory fit_variance(Flow& flow, F&& integrand, const StepOptions& options, Rng&& rng, O&& optimizer = O{},
                         const VarianceOptions& draws = {}) {
  constexpr std::string_view caller = "fit_variance";
  detail::require_generator<Rng>();
  detail::require_step_options(caller, options);
  detail::require_variance_options(caller, draws);
  detail::require_flow_of(caller, flow, options.batch_size);
  if (draws.buffer > 0 && draws.buffer < options.batch_size) {
    detail::throw_invalid_argument(caller, "expected a buffer of at least the ", options.batch_size,
                                   " draws of a step, got ", draws.buffer);
  }
  using T = typename Flow::Scalar;
  detail::VarianceDraws<Flow> batch(flow.event_size(), options.batch_size, draws);
  const auto loss = [&](Index step, Eigen::Vector<T, Eigen::Dynamic>& gradient, Workspace& workspace) {
    batch.take(caller, step, flow, integrand, rng, workspace);
    return detail::write_variance_gradient(flow, batch.events, batch.weights, batch.log_q,
                                           ParameterGradient<T>(gradient.data(), gradient.size()), draws.softclip,
                                           workspace);
  };
  return detail::minimize(caller, flow, loss, options, optimizer);
}

}  // namespace bijou

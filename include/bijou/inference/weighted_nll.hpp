#pragma once

#include <bijou/inference/weighted_gradient.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/fit.hpp>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

/// Maximum likelihood with weighted events: simulations of particle collisions with weights of either sign, draws of a
/// Markov chain or of another flow with importance weights.
namespace bijou {

namespace detail {

/// The sums of weights, by which a weighted mean divides.
class WeightSum {
 public:
  void add(double weight) {
    sum_ += weight;
    size_ += std::abs(weight);
    ++count_;
  }
  double value() const { return sum_; }
  /// Whether no more is left than rounding: of the weights to an accuracy of `epsilon`, and of the sum.
  bool is_zero(double epsilon) const {
    const double of_sum = static_cast<double>(count_) * std::numeric_limits<double>::epsilon();
    return std::abs(sum_) <= (epsilon + of_sum) * size_;
  }

 private:
  double sum_ = 0;
  double size_ = 0;
  Index count_ = 0;
};

/// The sum of the weights of N events. Refuses weights that are not finite, and those that cancel.
template <class W>
double require_weights(std::string_view caller, Index events, const Eigen::DenseBase<W>& weights) {
  static_assert(bool(W::IsVectorAtCompileTime), "the weights are a vector");
  require_size(caller, "weights", events, weights.size());
  WeightSum sum;
  for (Index n = 0; n < weights.size(); ++n) {
    const auto weight = static_cast<double>(weights.derived().coeff(n));
    if (!finite(weight)) throw_invalid_argument(caller, "expected finite weights, got ", weight, " in place ", n);
    sum.add(weight);
  }
  if (sum.is_zero(std::numeric_limits<typename W::Scalar>::epsilon()))
    throw_invalid_argument(caller, "the sum of the weights is zero, to rounding");
  return sum.value();
}

/// -sum_n w_n ln q(x_n) / total and its gradient, from checked arguments. What has no weight is left out of the sum.
template <class Flow, class X, class W>
double add_weighted_nll(const Flow& flow, const X& events, const W& weights, double total,
                        ParameterGradient<typename Flow::Scalar> gradient, Workspace& workspace) {
  using T = typename Flow::Scalar;
  return weighted_gradient(
      flow, events.cols(), [&](const TileOfBatch& at) { return load_events<T>(events, at); }, gradient, workspace,
      [&](const TileOfBatch& at, const Sums& log_prob, Row<T> of_events) {
        double sum = 0;
        for (Index n = 0; n < at.count; ++n) {
          const double share = static_cast<double>(weights.coeff(at.first + n)) / total;
          of_events(n) = static_cast<T>(-share);
          if (share != 0) sum -= share * log_prob(n);
        }
        return sum;
      });
}

}  // namespace detail

/// The nll of the columns of x with weights, in nats. Of whole numbers for weights it is the nll of each event repeated
/// so often, to rounding; of equal ones the nll itself.
///
/// @f[ L = -\frac{\sum_n w_n \ln q(x_n)}{\sum_n w_n} @f]
///
/// flow: anything with the calls of DistributionCalls, flow.given(context) too. x: D x N. weights: N of either sign,
/// finite; those of weight 0 do not count, whatever their density. With negative weights the loss has no lower bound
/// where they prevail. Throws std::invalid_argument for an empty batch, weights that are not finite, and a sum of
/// weights that is zero to rounding.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::MAF<double, 2> flow{{.layers = 2}, rng};
/// const Eigen::Matrix2Xd x = flow.sample(100, rng);
/// Eigen::VectorXd weights = Eigen::VectorXd::Ones(100);
/// weights.head(10).setConstant(-0.5);
/// const double nll = bijou::weighted_nll(flow, x, weights);
/// @endcode
template <class Flow, class X, class W>
typename Flow::Scalar weighted_nll(const Flow& flow, const Eigen::DenseBase<X>& x, const Eigen::DenseBase<W>& weights,
                                   WorkspaceArgument workspace = {}) {
  using T = typename Flow::Scalar;
  constexpr std::string_view caller = "weighted_nll";
  detail::require_batch_of(caller, flow, x);
  const double total = detail::require_weights(caller, x.cols(), weights);
  const auto& events = detail::in_memory(x);
  const auto& w = detail::in_memory(weights);
  return static_cast<T>(detail::sum_over_densities(
      flow, x.cols(), [&](const detail::TileOfBatch& at) { return detail::load_events<T>(events, at); }, *workspace,
      [&](const detail::TileOfBatch& at, const Sums& log_prob) {
        double sum = 0;
        for (Index n = 0; n < at.count; ++n) {
          const double share = static_cast<double>(w.coeff(at.first + n)) / total;
          if (share != 0) sum -= share * log_prob(n);
        }
        return sum;
      }));
}

/// The same to rounding, and its gradient for the parameters, written to a vector of parameter_count(). A density of 0
/// can make it NaN, that of an event of weight 0 too: leave such events out.
///
/// @f[ L = -\frac{\sum_n w_n \ln q(x_n)}{\sum_n w_n} @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::MAF<float, 2> flow{{.layers = 2}, rng};
/// const Eigen::Matrix2Xf x = flow.sample(100, rng);
/// const Eigen::VectorXf weights = x.row(0).array().exp();
/// Eigen::VectorXf gradient(flow.parameter_count());
/// bijou::Workspace workspace;
/// const float nll = bijou::weighted_nll_gradient(flow, x, weights, gradient, workspace);
/// @endcode
template <class Flow, class X, class W, class Gradient>
typename Flow::Scalar weighted_nll_gradient(const Flow& flow, const Eigen::DenseBase<X>& x,
                                            const Eigen::DenseBase<W>& weights, Gradient&& gradient,
                                            WorkspaceArgument workspace = {}) {
  constexpr std::string_view caller = "weighted_nll_gradient";
  detail::require_batch_of(caller, flow, x);
  const double total = detail::require_weights(caller, x.cols(), weights);
  return static_cast<typename Flow::Scalar>(
      detail::add_weighted_nll(flow, detail::in_memory(x), detail::in_memory(weights), total,
                               detail::gradient_of(caller, flow, gradient), *workspace));
}

namespace detail {

/// The loss of fit_weighted. Over the mean weight of the events to train with, so that the mean of the losses of the
/// batches is that of all: the weights of a batch may have any sum. To validate with, over that of those events.
class MeanWeightedNll {
 public:
  MeanWeightedNll(const EventNumbers& weights, double epsilon) : weights_(weights), epsilon_(epsilon) {}

  void start(const std::vector<Index>& order, Index train_events) {
    const auto sum_of = [&](Index first, Index last, const char* of) {
      WeightSum sum;
      for (Index i = first; i < last; ++i) sum.add(weights_(0, order[static_cast<std::size_t>(i)]));
      if (first < last && sum.is_zero(epsilon_)) {
        throw_invalid_argument("fit_weighted", "the sum of the weights of the events to ", of,
                               " with is zero, to rounding");
      }
      return sum.value();
    };
    const auto events = static_cast<Index>(order.size());
    mean_ = sum_of(0, train_events, "train") / static_cast<double>(train_events);
    sum_of(train_events, events, "validate");
  }
  template <class Flow, class Batch, class Vector>
  auto gradient(const Flow& flow, const Batch& batch, Vector& gradient, Workspace& workspace) const {
    const double total = mean_ * static_cast<double>(batch.events().cols());
    return batch.with_flow(flow, [&](const auto& q) {
      return static_cast<typename Flow::Scalar>(
          add_weighted_nll(q, batch.events(), batch.numbers().row(0), total,
                           ParameterGradient<typename Flow::Scalar>(gradient.data(), gradient.size()), workspace));
    });
  }
  template <class Flow, class Batch>
  auto validate(const Flow& flow, const Batch& batch, Workspace& workspace) const {
    return batch.with_flow(
        flow, [&](const auto& q) { return weighted_nll(q, batch.events(), batch.numbers().row(0), workspace); });
  }

 private:
  const EventNumbers& weights_;
  double epsilon_;
  double mean_ = 1;
};

template <class Flow, class Data, class W, class Rng, class O, class... Context>
History fit_weighted_with(Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<W>& weights,
                          const FitOptions& options, Rng& rng, O& optimizer,
                          const Eigen::DenseBase<Context>&... context) {
  using T = typename Flow::Scalar;
  constexpr bool contexts_fit = (std::is_same_v<typename Context::Scalar, T> && ...);
  static_assert(contexts_fit, "fit_weighted: context and flow must have the same scalar");
  if constexpr (contexts_fit && can_fit<Flow, Data, Rng, O>()) {
    require_weights("fit_weighted", data.cols(), weights);
    EventNumbers numbers(1, weights.size());
    for (Index n = 0; n < weights.size(); ++n) numbers(0, n) = static_cast<double>(weights.derived().coeff(n));
    const double epsilon = std::numeric_limits<typename W::Scalar>::epsilon();
    const Columns<T, Data::RowsAtCompileTime> events(for_ref(data));
    const auto train_with = [&](const auto&... contexts) {
      return train(OneRank{}, MeanWeightedNll(numbers, epsilon), flow, options, rng, optimizer, NoCheckpoints{},
                   numbers, events, contexts...);
    };
    return train_with(Columns<T>(for_ref(context))...);
  } else {
    return {};
  }
}

}  // namespace detail

/// Fits a flow to weighted events as `fit` does to others, with validation and patience: minimises L over the events to
/// train with. A batch counts w_n over their mean weight, so that its gradient is unbiased whatever weights it happens
/// to hold; the losses of the history are weighted means over an epoch and over the events to validate with.
///
/// @f[ L = -\frac{\sum_n w_n \ln q(x_n)}{\sum_n w_n} @f]
///
/// weights: N of either sign, finite, of a sum that is not zero, neither of all nor of those to train or validate with;
/// otherwise std::invalid_argument, as for what fit refuses. What learns from data (Standardize) does so without
/// weights. All events need a finite density, those of weight 0 too: leave them out.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const Eigen::Matrix2Xf x = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// const Eigen::VectorXf weights = x.row(0).array().exp();
/// bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {16}}, rng};
/// bijou::fit_weighted(flow, x, weights, {.epochs = 2, .validation_fraction = 0.1}, rng);
/// @endcode
template <class Flow, class Data, class W, class Rng, class O = Adam<typename Flow::Scalar>>
History fit_weighted(Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<W>& weights,
                     const FitOptions& options, Rng&& rng, O&& optimizer = O{}) {
  return detail::fit_weighted_with(flow, data, weights, options, rng, optimizer);
}

/// The same for a conditional flow. context: C x N, one column for each event, or C x 1 for all; finite.
///
/// @f[ L = -\frac{\sum_n w_n \ln q(x_n \mid c_n)}{\sum_n w_n} @f]
template <class Flow, class Data, class W, class Context, class Rng, class O = Adam<typename Flow::Scalar>>
History fit_weighted(Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<W>& weights,
                     const Eigen::DenseBase<Context>& context, const FitOptions& options, Rng&& rng,
                     O&& optimizer = O{}) {
  return detail::fit_weighted_with(flow, data, weights, options, rng, optimizer, context);
}

}  // namespace bijou

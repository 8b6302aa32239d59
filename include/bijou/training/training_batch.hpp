#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/core/workspace.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <tuple>
#include <vector>

/// What fit takes its steps on: some of the events at a time, with what stands beside them, and the loss of these.
namespace bijou::detail {

/// Some columns of a matrix in memory, one after the other. is_shared: a single column stands for all.
template <class All>
class Selection {
 public:
  Selection(Index most, const All& all, bool is_shared = false)
      : all_(all),
        is_one_(is_shared && all.cols() == 1),
        chosen_(all.rows(), is_one_ ? 1 : most),
        count_(chosen_.cols()) {
    if (is_one_) chosen_ = all;
  }

  void take(const Index* which, Index count) {
    if (is_one_) return;
    count_ = count;
    for (Index j = 0; j < count; ++j) {
      std::copy_n(all_.data() + which[j] * all_.colStride(), all_.rows(), chosen_.data() + j * all_.rows());
    }
  }
  auto columns() const { return chosen_.leftCols(count_); }

 private:
  const All& all_;
  bool is_one_;
  typename All::PlainObject chosen_;
  Index count_;
};

/// What a loss has beside each event, R x N: weights, say. 0 x 1 if there is nothing.
using EventNumbers = Eigen::MatrixXd;

/// Some events of a data set with their numbers, and with another matrix their contexts, one column for each event or
/// one for all.
template <class Events, class... Contexts>
class TrainingBatch {
 public:
  TrainingBatch(Index most, const EventNumbers& numbers, const Events& events, const Contexts&... contexts)
      : numbers_(most, numbers, true), events_(most, events), contexts_(Selection<Contexts>(most, contexts, true)...) {}

  void take(const Index* which, Index count) {
    numbers_.take(which, count);
    events_.take(which, count);
    with_elements(contexts_, [&](auto&... contexts) { (contexts.take(which, count), ...); });
  }
  auto numbers() const { return numbers_.columns(); }
  auto events() const { return events_.columns(); }
  auto context() const
  requires(sizeof...(Contexts) == 1)
  {
    return std::get<0>(contexts_).columns();
  }

  /// f of the flow under the contexts, if there are any.
  template <class Flow, class F>
  auto with_flow(const Flow& flow, F f) const {
    return with_elements(contexts_, [&](const auto&... c) { return f(under(flow, c...)); });
  }
  template <class Flow>
  auto nll(const Flow& flow, Workspace& workspace) const {
    return with_flow(flow, [&](const auto& q) { return q.nll(events(), workspace); });
  }
  template <class Flow>
  void learn(Flow& flow, bool is_epoch, const Ranks& ranks) const {
    with_elements(contexts_, [&](const auto&... c) { detail::learn(flow, is_epoch, ranks, events(), c.columns()...); });
  }

 private:
  template <class Flow>
  static const Flow& under(const Flow& flow) {
    return flow;
  }
  template <class Flow, class Context>
  static auto under(const Flow& flow, const Context& context) {
    return flow.given(context.columns());
  }

  Selection<EventNumbers> numbers_;
  Selection<Events> events_;
  std::tuple<Selection<Contexts>...> contexts_;
};

/// The loss of fit. Another one has the same functions: start, once the events to train with are known, the first
/// train_events of the order, before those to validate with; the mean loss of a batch with its gradient, written; and
/// that of the events to validate with.
struct MeanNll {
  void start(const std::vector<Index>&, Index) const {}
  template <class Flow, class Batch, class Vector>
  auto gradient(const Flow& flow, const Batch& batch, Vector& gradient, Workspace& workspace) const {
    return batch.with_flow(flow, [&](const auto& q) { return q.nll_gradient(batch.events(), gradient, workspace); });
  }
  template <class Flow, class Batch>
  auto validate(const Flow& flow, const Batch& batch, Workspace& workspace) const {
    return batch.nll(flow, workspace);
  }
};

}  // namespace bijou::detail

#pragma once

#include <bijou/core/index.hpp>
#include <bijou/training/fit_options.hpp>
#include <bijou/training/history.hpp>
#include <Eigen/Core>
#include <concepts>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// Where fit stands, all of it: what a checkpoint keeps.
namespace bijou::detail {

/// What learns at each epoch, if the flow is known to hold such things.
template <class Flow>
inline constexpr bool may_learn_each_epoch =
    std::copyable<Flow> && requires(const Flow& flow) { flow.learns_each_epoch(); };

/// The parameters of the lowest validation loss, empty before the first finite one. The flow has them at the end of the
/// scope, however that ends; and what it had learned at that epoch, which is state.
template <class Flow, class Vector>
struct BestParameters {
  Flow& flow;
  Vector parameters;
  std::conditional_t<may_learn_each_epoch<Flow>, std::optional<Flow>, std::tuple<>> learned{};
  explicit BestParameters(Flow& trained) : flow(trained) {}
  BestParameters(const BestParameters&) = delete;
  BestParameters& operator=(const BestParameters&) = delete;
  void keep(const Vector& best) {
    parameters = best;
    if constexpr (may_learn_each_epoch<Flow>) {
      if (flow.learns_each_epoch()) learned = flow;
    }
  }
  ~BestParameters() {
    if constexpr (may_learn_each_epoch<Flow>) {
      if (learned) flow = std::move(*learned);
    }
    if (parameters.size() > 0) flow.set_parameters(parameters);
  }
};

/// A run of fit between two steps.
template <class Flow, class Rng, class O, class Team>
struct Run {
  using FlowType = Flow;
  using RngType = Rng;
  using OptimizerType = O;
  using TeamType = Team;
  using Vector = Eigen::Vector<typename Flow::Scalar, Eigen::Dynamic>;

  Flow& flow;
  Rng& rng;
  O& optimizer;
  Team& team;
  const FitOptions& options;
  Index events;                          // that this rank has
  std::vector<Index> all_order = {};     // events to train with, then those to validate with
  std::vector<Index> order = {};         // that of this epoch
  Index epoch = 0, batch = 0, step = 0;  // the next ones; batch counts within the epoch
  double nll_sum = 0;                    // over the epoch's batches so far
  double learning_rate = 0;              // of the last batch
  Vector parameters = {};
  Vector last_good = {};  // loss and gradient were finite here
  BestParameters<Flow, Vector> best{flow};
  History history = {};  // `seconds`: of what this one goes on from
};

/// fit without checkpoints. Those that keep some have the same functions: whether a run goes on from one, and what is
/// done before the first step of one that does not, and between batches and epochs; seconds() since the start.
struct NoCheckpoints {
  template <class R>
  bool resume(R&) const {
    return false;
  }
  template <class R, class Seconds>
  void before_start(R&, Seconds) const {}
  template <class R, class Seconds>
  void after_batch(R&, Seconds) const {}
  template <class R, class Seconds>
  void after_epoch(R&, Seconds) const {}
};

}  // namespace bijou::detail

#pragma once

#include <bijou/core/index.hpp>
#include <bijou/core/ranks.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/fit_options.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Who trains: one process, or as in distributed/ several.
namespace bijou::detail {

/// How many events there are to train and to validate with, on all ranks and in the order of this one.
struct EventCounts {
  Index train, validation;
  Index own_train, own_validation;
};

/// What this rank works on: `count` events from `first` on in its order, of `total` events of all ranks.
struct Share {
  Index first, count, total;
};

/// fit in one process. Those of several have the same functions; where one throws, all do.
struct OneRank {
  static constexpr bool is_alone = true;
  static constexpr bool is_root() { return true; }

  /// A whole fit, f(*this).
  template <class F>
  auto run(F f) {
    return f(*this);
  }
  /// f(), which refuses what is wrong on one rank or on all. Error: what it throws.
  template <class Error, class F>
  void together(F f) const {
    f();
  }
  /// What all ranks must have before the first step. contexts: as of fit.
  template <class R, class... Data>
  void require_same_start(R&, const Data&...) const {}
  /// The same factors at several steps.
  void require_same_schedule(const Schedule&, Index) const {}
  /// The same parameters, after an epoch.
  template <class R>
  void require_same_parameters(R&) const {}

  EventCounts count(const FitOptions& options, Index events) {
    const Index validation = validation_count(options, events);
    return {events - validation, validation, events - validation, validation};
  }
  /// Of the first `most` events to train with.
  Share of_training(Index most) const { return {0, most, most}; }
  Share of_validation(const EventCounts& counts) const {
    return {counts.own_train, counts.own_validation, counts.validation};
  }
  /// Events first, ..., first + count - 1 of an epoch.
  Share of_batch(Index first, Index count) const { return {first, count, count}; }
  /// How many events a share of a batch may have.
  Index most_of_batch(Index batch_size) const { return batch_size; }
  Ranks ranks() const { return {}; }

  /// The order of the events, and that of the events to train with in an epoch.
  template <class Rng>
  void shuffle_all(std::vector<Index>& order, Rng& rng) {
    shuffle(order, rng);
  }
  template <class Rng>
  void shuffle_epoch(std::vector<Index>& order, Rng& rng) {
    shuffle(order, rng);
  }

  /// The mean loss of a batch, with its gradient or without, from that of a share, which f() gives.
  template <class Vector, class F>
  auto mean(const Share&, Vector&, F f) const {
    return f();
  }
  template <class F>
  double mean(const Share&, F f) const {
    return static_cast<double>(f());
  }
  bool all(bool yes) const { return yes; }
  /// The first text that is not empty, and where an event of this rank is.
  std::string first_of(std::string text) const { return text; }
  std::string place() const { return {}; }
  /// Said before an exception that all ranks throw.
  void leave_together() const {}

  // For checkpoints: bytes of the root to all, what stands for the events, and what orders are drawn from if they are
  // not kept.
  void broadcast(std::string&) const {}
  std::string events_text(Index events) const { return std::to_string(events); }
  static constexpr bool keeps_orders() { return true; }
  std::string seeds() const { return {}; }
  bool take_seeds(const std::string&) const { return true; }
  template <class R>
  void order_anew(R&) const {}
};

}  // namespace bijou::detail

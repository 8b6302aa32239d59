#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/ranks.hpp>
#include <bijou/distributed/agreement.hpp>
#include <bijou/distributed/checksum.hpp>
#include <bijou/distributed/communicator.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/fit_options.hpp>
#include <bijou/training/one_rank.hpp>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bijou::detail {

/// Ranks that fit together: OneRank for several.
///
/// Replicated, all have the same events in the same order, and rank r of s works on the r-th of s equal parts of each
/// batch. Sharded, each has events of its own, in an order of its own, which goes on in step with those of the others:
/// after t of N events rank r with n_r of them has used floor(n_r t / N). So no event is used twice in an epoch, all
/// ranks take as many steps, and one rank alone does what it would do without the others.
template <Communicator C, bool is_sharded>
class Team {
 public:
  static constexpr bool is_alone = false;

  explicit Team(C& communicator) : communicator_(communicator), agreement_(communicator) {}

  template <class F>
  auto run(F f) {
    return agreement_.or_abort("fit", [&] { return f(*this); });
  }
  bool is_root() const { return rank() == 0; }
  template <class Error, class F>
  void together(F f) {
    agreement_.template together<Error>(f);
  }
  void leave_together() { agreement_.leave_together(); }

  template <class R, class X, class... Contexts>
  void require_same_start(R& run, const X& events, const Contexts&... contexts) {
    const auto require_same_number = [&](auto number, const char* what) {
      Checksum sum;
      sum.add(number);
      require_same(sum, what);
    };
    const FitOptions& options = run.options;
    require_same_number(is_sharded, "Replicated or Sharded events");
    require_same_number(options.epochs, "options with the same epochs");
    require_same_number(options.batch_size, "options with the same batch_size");
    require_same_number(options.learning_rate, "options with the same learning_rate");
    require_same_number(options.clip_norm, "options with the same clip_norm");
    require_same_number(options.validation_fraction, "options with the same validation_fraction");
    require_same_number(options.patience, "options with the same patience");
    require_same(of_values(run), "the same flow and optimizer");
    if constexpr (std::copyable<typename R::RngType>) {
      Checksum draws;
      auto rng = run.rng;
      for (int i = 0; i < 2; ++i) draws.add(random_bits(rng, 64));
      require_same(draws, "a generator with the same draws");
    }
    if constexpr (!is_sharded) {
      const auto require_same_data = [&](const auto& columns, const char* what) {
        Checksum sum;
        sum.add(columns_of(columns));
        require_same(sum, what, "; ranks with events of their own are Sharded");
      };
      require_same_data(events, "the same events");
      (require_same_data(contexts, "the same contexts"), ...);
    }
  }
  void require_same_schedule(const Schedule& schedule, Index total_steps) {
    const auto last = static_cast<double>(total_steps - 1);
    Checksum sum;
    for (const double part : {0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99})
      sum.add(schedule(static_cast<Index>(part * last), total_steps));
    sum.add(schedule(total_steps - 1, total_steps));
    require_same(sum, "the same schedule");
  }
  template <class R>
  void require_same_parameters(R& run) {
    agreement_.template require_same<std::runtime_error>(of_values(run).value(), [&](const std::string& odd) {
      return joined(
          {"fit: after epoch ", run.epoch, " (counting from 0) ", odd,
           " has other parameters than other ranks: has it another processor, or random numbers of its own?"});
    });
  }

  EventCounts count(const FitOptions& options, Index events) {
    if constexpr (!is_sharded) {
      const Index validation = validation_count(options, events);
      train_ = {events - validation};
      return {events - validation, validation, events - validation, validation};
    } else {
      events_.clear();
      for (const double of_rank : agreement_.gathered(static_cast<double>(events)))
        events_.push_back(static_cast<Index>(of_rank));
      const Index all = std::accumulate(events_.begin(), events_.end(), Index{0});
      const Index validation = validation_count(options, all);
      // Fewer could leave a batch without an event.
      if (options.batch_size < size()) {
        throw_invalid_argument("fit", "expected a batch_size of at least ", size(), ", an event for each rank, got ",
                               options.batch_size);
      }
      // Rounded so that the parts of all ranks make up the whole.
      const auto before = [&](Index n) {
        return static_cast<Index>(std::llround(options.validation_fraction * static_cast<double>(n)));
      };
      train_.clear();
      Index first = 0;
      for (const Index of_rank : events_) {
        train_.push_back(of_rank - (before(first + of_rank) - before(first)));
        first += of_rank;
      }
      const Index own = own_train();
      return {all - validation, validation, own, events - own};
    }
  }

  Share of_training(Index most) const {
    if constexpr (is_sharded) return {0, used(own_train(), most), most};
    return part_of(0, most);
  }
  Share of_validation(const EventCounts& counts) const {
    if constexpr (is_sharded) return {counts.own_train, counts.own_validation, counts.validation};
    return part_of(counts.own_train, counts.own_validation);
  }
  Share of_batch(Index first, Index count) const {
    if constexpr (!is_sharded) return part_of(first, count);
    Share share{used(own_train(), first), 0, 0};
    share.count = used(own_train(), first + count) - share.first;
    for (const Index n : train_) share.total += used(n, first + count) - used(n, first);
    return share;
  }
  Index most_of_batch(Index batch_size) const {
    if constexpr (is_sharded) return (std::min)(own_train(), used(own_train(), batch_size) + 1);
    return batch_size / size() + 1;
  }
  Ranks ranks() const { return Ranks(agreement_); }

  template <class Rng>
  void shuffle_all(std::vector<Index>& order, Rng& rng) {
    shuffle_with(seeds_[0], order, rng);
  }
  template <class Rng>
  void shuffle_epoch(std::vector<Index>& order, Rng& rng) {
    shuffle_with(seeds_[1], order, rng);
  }

  /// The mean over all events from those over shares: sum over ranks of n_r / N times that of the rank.
  template <class Vector, class F>
  auto mean(const Share& share, Vector& gradient, F f) {
    using T = typename Vector::Scalar;
    const double loss = mean(share, [&] {
      const T of_share = f();
      gradient *= static_cast<T>(share.count) / static_cast<T>(share.total);
      return of_share;
    });
    if (share.count == 0) gradient.setZero();
    communicator_.sum(std::span<T>(gradient.data(), static_cast<std::size_t>(gradient.size())));
    return static_cast<T>(loss);
  }
  template <class F>
  double mean(const Share& share, F f) const {
    const double weight = static_cast<double>(share.count) / static_cast<double>(share.total);
    double sum = share.count > 0 ? weight * static_cast<double>(f()) : 0;
    agreement_.sum(&sum, 1);
    return sum;
  }
  bool all(bool yes) const { return agreement_.all(yes); }
  std::string first_of(std::string text) const { return agreement_.first_of(std::move(text)); }
  std::string place() const { return is_sharded ? " of " + agreement_.name_of_rank(rank()) : std::string(); }

  void broadcast(std::string& bytes) const { agreement_.broadcast(bytes, 0); }
  std::string events_text(Index events) const {
    std::string text = std::to_string(events);
    if (keeps_orders()) return text;
    text.clear();
    for (const Index n : events_) text += (text.empty() ? "" : " + ") + std::to_string(n);
    return text;
  }
  bool keeps_orders() const { return !is_sharded || size() == 1; }
  std::string seeds() const { return joined({seeds_[0], " ", seeds_[1]}); }
  bool take_seeds(const std::string& text) {
    std::istringstream in(text);
    return static_cast<bool>(in >> seeds_[0] >> seeds_[1]);
  }
  template <class R>
  void order_anew(R& run) const {
    if (keeps_orders()) return;
    run.all_order.resize(static_cast<std::size_t>(run.events));
    std::iota(run.all_order.begin(), run.all_order.end(), Index{0});
    if (run.options.validation_fraction > 0) shuffle_own(seeds_[0], run.all_order);
    run.order.assign(run.all_order.begin(), run.all_order.begin() + own_train());
    shuffle_own(seeds_[1], run.order);
  }

 private:
  int rank() const { return agreement_.rank(); }
  int size() const { return agreement_.size(); }

  void require_same(const Checksum& sum, const char* what, const char* advice = "") {
    agreement_.template require_same<std::invalid_argument>(sum.value(), [&](const std::string& odd) {
      return joined({"fit: expected ", what, " on all ranks, but ", odd, " has others", advice});
    });
  }

  Index own_train() const { return train_[static_cast<std::size_t>(is_sharded ? rank() : 0)]; }

  /// Of `count` events from `first` on.
  Share part_of(Index first, Index count) const {
    const Index begin = count * rank() / size();
    return {first + begin, count * (rank() + 1) / size() - begin, count};
  }

  /// floor(n t / N), N the number of events to train with: of n events those used when t of all are.
  Index used(Index n, Index t) const {
    const Index all = std::accumulate(train_.begin(), train_.end(), Index{0});
    if (t == 0 || n <= (std::numeric_limits<Index>::max)() / t) return n * t / all;
    const double share = static_cast<double>(n) * (static_cast<double>(t) / static_cast<double>(all));
    return t == all ? n : (std::min)(n, static_cast<Index>(share));
  }

  template <class Rng>
  void shuffle_with(std::uint64_t& seed, std::vector<Index>& order, Rng& rng) const {
    if (keeps_orders()) return shuffle(order, rng);
    seed = random_bits(rng, 64);
    shuffle_own(seed, order);
  }
  void shuffle_own(std::uint64_t seed, std::vector<Index>& order) const {
    CounterGenerator own{seed, {.event = static_cast<std::uint64_t>(rank())}};
    shuffle(order, own);
  }

  template <class R>
  static Checksum of_values(R& run) {
    Checksum sum;
    const auto parameters = run.flow.parameters();
    sum.add(parameters.data(), static_cast<std::size_t>(parameters.size()) * sizeof(typename R::Vector::Scalar));
    if constexpr (HasMembers<typename R::FlowType>) sum.add(run.flow);
    if constexpr (HasMembers<typename R::OptimizerType>) sum.add(run.optimizer);
    return sum;
  }

  C& communicator_;
  Agreement<C> agreement_;
  std::vector<Index> events_;  // of each rank, if they are sharded
  std::vector<Index> train_;   // those to train with; of one rank for all if they are replicated
  std::uint64_t seeds_[2] = {};
};

}  // namespace bijou::detail

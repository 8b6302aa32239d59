#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/inference/chains.hpp>
#include <bijou/numerics/counter_generator.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/training/checks.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

/// One chain of a SliceSampler between two evaluations of its energy.
template <class T>
class SliceChain {
 public:
  SliceChain(double width, Index tuning, Index most_expansions, CounterGenerator rng, Eigen::VectorX<T> x,
             double log_prob)
      : rng_(rng),
        x_(std::move(x)),
        log_prob_(log_prob),
        tuning_(tuning),
        most_expansions_(most_expansions),
        widths_(Eigen::VectorX<T>::Constant(x_.size(), static_cast<T>(width))),
        order_(static_cast<std::size_t>(x_.size())) {
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<Index>(i);
    start_sweep();
  }

  /// Where the energy is asked for next: the event with `trial()` in coordinate `coordinate()`.
  Index coordinate() const { return order_[place_]; }
  T trial() const { return trial_; }
  const Eigen::VectorX<T>& x() const { return x_; }
  double log_prob() const { return log_prob_; }

  /// Goes on with ln p at the trial. Returns whether that has ended a sweep.
  bool take(double log_prob) {
    const bool is_inside = finite(log_prob) && log_prob >= level_;  // as Metropolis, refuses NaN and infinity
    if (stage_ == Stage::lower) {
      if (is_inside && expansions_below_ > 0) {
        --expansions_below_;
        trial_ = lower_ -= width();
        return false;
      }
      stage_ = Stage::upper;
      trial_ = upper_;
      return false;
    }
    if (stage_ == Stage::upper) {
      if (is_inside && expansions_above_ > 0) {
        --expansions_above_;
        trial_ = upper_ += width();
        return false;
      }
      stage_ = Stage::inside;
      if (sweep_ < tuning_) width() += (upper_ - lower_ - width()) / static_cast<T>(sweep_ + 1);
      draw_trial();
      return false;
    }
    T& at = x_(coordinate());
    if (is_inside) {
      at = trial_;
      log_prob_ = log_prob;
      return end_coordinate();
    }
    if (trial_ == at) return end_coordinate();  // the bracket has shrunk to the point itself
    (trial_ < at ? lower_ : upper_) = trial_;
    draw_trial();
    return false;
  }

 private:
  enum class Stage { lower, upper, inside };

  T& width() { return widths_(coordinate()); }

  void draw_trial() { trial_ = lower_ + static_cast<T>(uniform(rng_)) * (upper_ - lower_); }

  void start_sweep() {
    shuffle(order_, rng_);
    place_ = 0;
    start_coordinate();
  }

  void start_coordinate() {
    level_ = log_prob_ - exponential(rng_);  // ln u = ln p + ln(1 - U)
    lower_ = x_(coordinate()) - width() * static_cast<T>(uniform(rng_));
    upper_ = lower_ + width();
    const auto most = static_cast<std::uint64_t>(most_expansions_);
    expansions_below_ = static_cast<Index>(uniform_index(rng_, most + 1));
    expansions_above_ = most_expansions_ - expansions_below_;
    stage_ = Stage::lower;
    trial_ = lower_;
  }

  bool end_coordinate() {
    if (++place_ < order_.size()) {
      start_coordinate();
      return false;
    }
    ++sweep_;
    start_sweep();
    return true;
  }

  CounterGenerator rng_;
  Eigen::VectorX<T> x_;
  double log_prob_;
  Index tuning_;
  Index most_expansions_;
  Eigen::VectorX<T> widths_;
  std::vector<Index> order_;
  std::size_t place_ = 0;
  Index sweep_ = 0;
  Stage stage_ = Stage::lower;
  double level_ = 0;
  T lower_ = 0, upper_ = 0, trial_ = 0;
  Index expansions_below_ = 0, expansions_above_ = 0;
};

}  // namespace detail

/// A kernel for sample_chains: slice sampling one coordinate after the other, in a new random order each sweep, with
/// stepping out and shrinkage (Neal 2003, figures 3 and 5). No gradients, and nothing to tune by hand: over the first
/// sweeps of the warm-up each chain's width of each coordinate becomes the mean bracket. A step is a sweep.
///
/// @f[ u \sim U\bigl(0, p(x)\bigr), \qquad x_i \sim U\bigl(\{t : p(x \text{ with } x_i = t) \ge u\}\bigr) @f]
///
/// All chains of a tile are evaluated together, each in the stage of its sweep that it has reached.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Uniform<double, 2> box{{-1.0, -1.0}, {1.0, 1.0}};
/// const auto chains = bijou::sample_chains(box, bijou::SliceSampler{}, box.sample(20, rng), {.steps = 100}, rng);
/// @endcode
struct SliceSampler {
  /// First width of the bracket.
  double width = 0.01;
  /// Over how many sweeps of the warm-up widths are tuned, at most.
  Index tuning_sweeps = 50;
  /// How often a bracket is widened by its width at most; what a bracket that is too short costs is speed, not truth.
  Index most_expansions = 1000;

  static constexpr const char* name = "SliceSampler";

  /// For sample_chains.
  template <class T, int D, class E>
  void run(const E& energy, const Eigen::Matrix<T, D, Eigen::Dynamic>& start, const ChainOptions& options,
           std::uint64_t seed, Workspace& workspace, Chains<T, D>& chains) const {
    detail::require_option(name, detail::finite(width) && width > 0, "a finite width above 0", width);
    detail::require_at_least(name, "tuning_sweeps", 0, tuning_sweeps);
    detail::require_at_least(name, "most_expansions", 0, most_expansions);
    const Index count = start.cols();
    const Index tuning = options.tune ? (std::min)(tuning_sweeps, options.warm_up) : 0;
    const Index sweeps = options.warm_up + options.steps * options.thin;
    std::array<Index, detail::most_groups> evaluations{};
    detail::for_each_tile_of_groups(count, workspace, [&](const detail::TileOfBatch& at) {
      const Tile<T> x = detail::load_events<T>(start, at);
      const Sums log_prob = at.arena.sums(at.count);
      detail::evaluate_energy<E, T>(energy, at, x, log_prob);
      Index& evaluated = evaluations[static_cast<std::size_t>(at.group)];
      evaluated += at.count;
      std::vector<detail::SliceChain<T>> tile;
      for (Index n = 0; n < at.count; ++n) {
        const CounterGenerator rng = detail::StepNoise{seed, 0, 0}.of(at.first + n);
        tile.emplace_back(width, tuning, most_expansions, rng, start.col(at.first + n), log_prob(n));
      }
      std::vector<Index> ended(static_cast<std::size_t>(at.count), 0);  // sweeps
      for (Index running = at.count; running > 0;) {
        for (Index n = 0; n < at.count; ++n) {
          const detail::SliceChain<T>& chain = tile[static_cast<std::size_t>(n)];
          if (ended[static_cast<std::size_t>(n)] < sweeps) x(chain.coordinate(), n) = chain.trial();
        }
        detail::evaluate_energy<E, T>(energy, at, x, log_prob);
        evaluated += at.count;  // those that have ended, too
        for (Index n = 0; n < at.count; ++n) {
          detail::SliceChain<T>& chain = tile[static_cast<std::size_t>(n)];
          Index& sweep = ended[static_cast<std::size_t>(n)];
          if (sweep == sweeps) continue;
          const Index changed = chain.coordinate();
          const bool ends_sweep = chain.take(log_prob(n));
          x(changed, n) = chain.x()(changed);
          if (!ends_sweep) continue;
          ++sweep;
          if (sweep == sweeps) --running;
          const Index after = sweep - options.warm_up;
          if (after <= 0 || after % options.thin != 0) continue;
          const Index column = (after / options.thin - 1) * count + at.first + n;
          chains.events.col(column) = chain.x();
          chains.log_prob(column) = chain.log_prob();
        }
      }
    });
    chains.acceptance = Eigen::VectorXd::Ones(count);
    for (const Index each : evaluations) chains.evaluations += each;
  }
};

}  // namespace bijou

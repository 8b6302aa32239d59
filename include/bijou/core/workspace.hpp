#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/errors.hpp>
#include <algorithm>
#include <deque>
#include <string>

namespace bijou {

/// Memory that a flow keeps between calls. Pass the same workspace to log_prob, sample or nll_gradient again and again:
/// after the first call of a size nothing is taken from the heap. One workspace serves any number of flows and both
/// scalars, but only one call at a time.
///
/// A workspace also says on how many threads a call may run, one by default. Threads are used if the program is
/// compiled with OpenMP (-fopenmp) and the work is large enough; the result is the same to the last bit at any number.
///
/// @code{.cpp}
/// bijou::Workspace workspace{2};  // two threads
/// @endcode
class Workspace {
 public:
  Workspace() = default;
  // Said aloud, since std::deque claims to be copyable whatever it holds.
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  Workspace(Workspace&&) = default;
  Workspace& operator=(Workspace&&) = default;

  /// Throws std::invalid_argument for fewer than one thread.
  explicit Workspace(int threads) : threads_(threads) {
    if (threads < 1)
      detail::throw_invalid_argument("Workspace", "expected at least one thread, got " + std::to_string(threads));
  }

  int threads() const { return threads_; }

  /// Scratch memory number i: 0 for the caller, i + 1 for thread i. References stay valid.
  Arena& arena(std::size_t i = 0) {
    if (arenas_.size() <= i) arenas_.resize(i + 1);
    return arenas_[i];
  }

  /// Gives the arenas of the first `threads` threads the size of the largest of them: who had nothing to do this time
  /// may have something the next.
  void even_out(int threads) {
    std::size_t largest = 0;
    for (int i = 1; i <= threads; ++i) largest = (std::max)(largest, arena(static_cast<std::size_t>(i)).capacity());
    for (int i = 1; i <= threads; ++i) arena(static_cast<std::size_t>(i)).reserve(largest);
  }

 private:
  int threads_ = 1;
  std::deque<Arena> arenas_;
};

/// What travels with a tile through every map of a flow.
template <class T>
struct Pass {
  Arena& arena;
  /// Whether a pullback will follow: then what is put into a cache, and the tiles of the pass, stay where they are.
  bool keep = false;
  /// What a conditional flow is conditioned on, C x N; no rows when there is nothing.
  ConstTile<T> context{nullptr, 0, 0, Eigen::OuterStride<>(0)};
  /// In a pullback, the gradient for the context is added here, C x N.
  Tile<T> context_gradient{nullptr, 0, 0, Eigen::OuterStride<>(0)};
  /// In a pullback, whether anyone reads the gradient for the parameters (its memory is there in any case).
  bool parameter_gradient = true;
  /// On how many threads a map may work on this tile; more than one when the batch has no other tiles.
  int threads = 1;
};

}  // namespace bijou

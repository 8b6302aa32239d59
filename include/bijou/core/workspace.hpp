#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/errors.hpp>
#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace bijou {

class Workspace;

namespace detail {

/// The library's own access to the memory of a workspace.
struct WorkspaceAccess {
  /// Scratch memory number i: 0 for the caller, i + 1 for thread i. References stay valid.
  static Arena& arena(Workspace& workspace, Index i);
  /// Reserves the largest capacity among the first `threads` thread arenas in all of them, so that a thread that was
  /// idle in this call does not allocate in the next.
  static void reserve_alike(Workspace& workspace, int threads);
};

}  // namespace detail

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
  // Deleted explicitly: is_copy_constructible<std::deque<Arena>> is true although Arena is move-only.
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  Workspace(Workspace&&) = default;
  Workspace& operator=(Workspace&&) = default;

  /// Throws std::invalid_argument for fewer than one thread.
  explicit Workspace(int threads) : threads_(threads) {
    if (threads < 1) detail::throw_invalid_argument("Workspace", "expected at least one thread, got ", threads);
  }

  int threads() const { return threads_; }

 private:
  friend struct detail::WorkspaceAccess;
  int threads_ = 1;
  std::deque<Arena> arenas_;
};

inline Arena& detail::WorkspaceAccess::arena(Workspace& workspace, Index i) {
  const auto at = static_cast<std::size_t>(i);
  if (workspace.arenas_.size() <= at) workspace.arenas_.resize(at + 1);
  return workspace.arenas_[at];
}

inline void detail::WorkspaceAccess::reserve_alike(Workspace& workspace, int threads) {
  std::size_t largest = 0;
  for (int i = 1; i <= threads; ++i) largest = (std::max)(largest, arena(workspace, i).capacity());
  for (int i = 1; i <= threads; ++i) arena(workspace, i).reserve(largest);
}

/// How a call takes a workspace: the caller's, or without one a workspace for this call alone.
class WorkspaceArgument {
 public:
  WorkspaceArgument() : workspace_(&own_.emplace()) {}
  WorkspaceArgument(Workspace& workspace) : workspace_(&workspace) {}
  WorkspaceArgument(Workspace&& workspace) : workspace_(&own_.emplace(std::move(workspace))) {}
  WorkspaceArgument(const WorkspaceArgument&) = delete;
  WorkspaceArgument& operator=(const WorkspaceArgument&) = delete;

  Workspace& operator*() const { return *workspace_; }

 private:
  std::optional<Workspace> own_;
  Workspace* workspace_;
};

}  // namespace bijou

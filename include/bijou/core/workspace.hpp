#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/errors.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

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
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  Workspace(Workspace&&) = default;
  Workspace& operator=(Workspace&&) = default;

  /// Throws std::invalid_argument for fewer than one thread.
  explicit Workspace(int threads) : threads_(threads) {
    if (threads < 1) detail::throw_invalid_argument("Workspace", "expected at least one thread, got ", threads);
  }

  /// On how many threads a call may run.
  int threads() const { return threads_; }

 protected:
  /// On memory of the caller's, for one thread; see FixedWorkspace.
  Workspace(std::span<std::byte> of_calls, std::span<std::byte> of_tiles)
      : first_two_{Arena(of_calls), Arena(of_tiles)} {}

 private:
  friend struct detail::WorkspaceAccess;
  int threads_ = 1;
  std::array<Arena, 2> first_two_;  // all that a call on one thread needs
  std::vector<std::unique_ptr<Arena>> others_;
};

namespace detail {

template <std::size_t Bytes>
struct FixedMemory {
  alignas(64) std::array<std::byte, (Bytes + 63) / 64 * 64 + 64> bytes;
};

}  // namespace detail

/// A workspace on memory of its own that takes nothing from the heap, for programs that have none: CallBytes for what
/// belongs to a whole call, TileBytes for a tile of it. One object is not copied or moved. What does not fit throws
/// std::bad_alloc; how much a call needs does not depend on the numbers, so one call of a size shows it.
///
/// @code{.cpp}
/// static bijou::FixedWorkspace<1024, 65536> workspace;
/// const bijou::DiagonalNormal<float, 2> p{{0.0f, 1.0f}, {1.0f, 2.0f}};
/// const float density = p.log_prob(Eigen::Vector2f(0.5f, 0.5f), workspace);
/// @endcode
template <std::size_t CallBytes, std::size_t TileBytes>
class FixedWorkspace : detail::FixedMemory<CallBytes + TileBytes>, public Workspace {
  using Memory = detail::FixedMemory<CallBytes + TileBytes>;

 public:
  FixedWorkspace() : Workspace({Memory::bytes.data(), call_bytes}, {Memory::bytes.data() + call_bytes, tile_bytes}) {}
  FixedWorkspace(FixedWorkspace&&) = delete;

 private:
  static constexpr std::size_t call_bytes = (CallBytes + 63) / 64 * 64;
  static constexpr std::size_t tile_bytes = (TileBytes + 63) / 64 * 64;
};

inline Arena& detail::WorkspaceAccess::arena(Workspace& workspace, Index i) {
  auto at = static_cast<std::size_t>(i);
  if (at < workspace.first_two_.size()) return workspace.first_two_[at];
  at -= workspace.first_two_.size();
  while (workspace.others_.size() <= at) workspace.others_.push_back(std::make_unique<Arena>());
  return *workspace.others_[at];
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

  /// The workspace: that of the caller, or one for this call.
  Workspace& operator*() const { return *workspace_; }

 private:
  std::optional<Workspace> own_;
  Workspace* workspace_;
};

}  // namespace bijou

#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/function_ref.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/core/workspace.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

namespace bijou::detail {

/// A number for each group of a batch, summed in this order.
class GroupSums {
 public:
  double& operator[](Index group) { return sums_[static_cast<std::size_t>(group)]; }
  double total() const { return std::accumulate(sums_.begin(), sums_.end(), 0.0); }

 private:
  std::array<double, most_groups> sums_{};
};

/// total += the parts of groups first, ..., last - 1, in this order, which are zero afterwards.
template <class T>
void add_parts(ParameterGradient<T> total, Index first, Index last, FunctionRef<ParameterGradient<T>(Index)> part,
               Workspace& workspace) {
  if (first >= last) return;
  for_each_chunk(total.size(), workspace.threads(), [&](Index begin, Index count) {
    for (Index group = first; group < last; ++group) {
      auto addend = part(group).segment(begin, count);
      total.segment(begin, count) += addend;
      addend.setZero();
    }
  });
}

/// total = the sum over the tiles of a batch of what tile(at, gradient) adds to `gradient`; returns the sum of what it
/// returns. The same bits at any number of threads: the first group of tiles sums in the result, each later one in an
/// array of its own, and these are added in order. Groups run in rounds of one per thread, so that there are no more
/// arrays than threads.
template <class T>
double sum_gradient(Index events, ParameterGradient<T> total, Workspace& workspace,
                    FunctionRef<double(const TileOfBatch&, ParameterGradient<T>)> tile) {
  for_each_chunk(total.size(), workspace.threads(),
                 [&](Index first, Index count) { total.segment(first, count).setZero(); });
  const Index groups = summing_groups_of(events);
  const Index round = (std::min)(groups, Index{workspace.threads()});
  Arena& arena = WorkspaceAccess::arena(workspace, 0);
  const Arena::Frame frame(arena);
  ParameterGradient<T> others = arena.template zeros<T>(groups > 1 ? round * total.size() : 0);
  const auto part = [&](Index group) {
    return group == 0 ? total : ParameterGradient<T>(others.data() + group % round * total.size(), total.size());
  };
  GroupSums sums;
  for (Index first = 0; first < groups; first += round) {
    const Index last = (std::min)(first + round, groups);
    for_each_tile_of_groups(events, groups, first, last, workspace,
                            [&](const TileOfBatch& at) { sums[at.group] += tile(at, part(at.group)); });
    add_parts<T>(total, first == 0 ? 1 : first, last, part, workspace);
  }
  return sums.total();
}

}  // namespace bijou::detail

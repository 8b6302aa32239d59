#pragma once

#include <bijou/core/arena.hpp>
#include <vector>

namespace bijou {

/// Memory that a flow keeps between calls. Pass the same workspace to log_prob, sample or nll_gradient again and again:
/// after the first call of a size nothing is taken from the heap. One workspace serves any number of flows and both
/// scalars, but only one call at a time.
class Workspace {
 public:
  /// Scratch memory number i; references stay valid only until a larger number is asked for.
  Arena& arena(std::size_t i = 0) {
    if (arenas_.size() <= i) arenas_.resize(i + 1);
    return arenas_[i];
  }

 private:
  std::vector<Arena> arenas_;
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
};

}  // namespace bijou

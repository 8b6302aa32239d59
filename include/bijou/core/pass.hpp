#pragma once

#include <bijou/core/arena.hpp>

namespace bijou {

/// What a bijector, conditioner or distribution that keeps nothing between a pass and its pullback has for a cache.
struct NoCache {};

namespace detail {

template <class P, class T>
struct CacheOf {
  using type = NoCache;
};
template <class P, class T>
requires requires { typename P::Cache; }
struct CacheOf<P, T> {
  using type = typename P::Cache;
};
template <class P, class T>
requires requires { typename P::template Cache<T>; }
struct CacheOf<P, T> {
  using type = typename P::template Cache<T>;
};

/// What a type keeps between a pass and its pullback.
template <class P, class T>
using cache_t = typename CacheOf<P, T>::type;

}  // namespace detail

/// What travels with a tile of N events through every map of a flow.
template <class T>
struct Pass {
  /// Scratch memory: what is taken stays until the caller's frame ends.
  Arena& arena;
  /// Whether a pullback will follow: then caches and the tiles of the pass must stay where they are.
  bool keep_for_pullback = false;
  /// What a conditional flow is conditioned on, C x N; no rows when there is nothing.
  ConstTile<T> context{};
  /// Whether all columns of the context are the same.
  bool one_context = false;
  /// In a pullback, the gradient for the context is added here, C x N; no rows when nobody reads it.
  Tile<T> context_gradient{};
  /// On how many threads a map may work on this tile; more than one when the batch has no other tiles.
  int threads = 1;
};

}  // namespace bijou

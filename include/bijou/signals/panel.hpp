#pragma once

#include <bijou/core/arena.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/simd.hpp>

/// Parts of tiles that networks of convolutions work on.
namespace bijou::detail {

/// Some packets of some rows: what a convolution has just computed at one pixel.
struct Panel {
  Index row;
  Index rows;
  Index first;   // event, at the start of a packet
  Index events;  // up to the end of a packet
};

/// Calls body(row, event) for each packet of a panel.
template <class T, class Body>
EIGEN_STRONG_INLINE void for_each_packet(const Panel& panel, Body&& body) {
  for (Index r = panel.row; r < panel.row + panel.rows; ++r) {
    for (Index n = panel.first; n < panel.first + panel.events; n += Simd<T>::size) body(r, n);
  }
}

/// The events first, ..., first + count - 1 of a tile.
template <class AnyTile>
AnyTile columns(const AnyTile& tile, Index first, Index count) {
  return AnyTile(tile.data() + first, tile.rows(), count, tile.outerStride());
}

/// Whether each row has room for whole packets. The units of a single event may have not: they lie one after the other.
template <class T>
bool has_whole_packets(ConstTile<T> tile) {
  return tile.cols() != 1 || tile.outerStride() >= Simd<T>::size;
}

/// The tile, or a copy of it with whole packets.
template <class T>
ConstTile<T> with_whole_packets(ConstTile<T> tile, Arena& arena) {
  if (has_whole_packets(tile)) return tile;
  Tile<T> copy = arena.template tile<T>(tile.rows(), 1);
  copy = tile;
  return copy;
}

/// The tile, or one of its size with whole packets, from which it is to be copied.
template <class T>
Tile<T> place_with_whole_packets(Tile<T> tile, Arena& arena) {
  return has_whole_packets<T>(tile) ? tile : arena.template tile<T>(tile.rows(), 1);
}

}  // namespace bijou::detail

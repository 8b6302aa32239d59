#pragma once

#include <bijou/core/arena.hpp>

#include "support/laws.hpp"

namespace laws {

/// A copy of a matrix as the units of a network.
template <class T>
bijou::Tile<T> units(const Matrix<T>& m, bijou::Arena& arena) {
  bijou::Tile<T> tile = arena.units<T>(m.rows(), m.cols());
  tile = m.array();
  return tile;
}

}  // namespace laws

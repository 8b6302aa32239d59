#pragma once

#include <bijou/core/index.hpp>

namespace bijou {

/// Draws, one event per column, and their log densities in nats.
template <class T, int D>
struct Sample {
  /// The draws, D x N.
  Eigen::Matrix<T, D, Eigen::Dynamic> events;
  /// ln p of each draw, in nats.
  Eigen::Vector<T, Eigen::Dynamic> log_prob;
};

}  // namespace bijou

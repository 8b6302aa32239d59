#pragma once

#include <bijou/core/index.hpp>

namespace bijou {

/// Draws, one event per column, and their log densities in nats.
template <class T, int D>
struct Sample {
  Eigen::Matrix<T, D, Eigen::Dynamic> events;
  Eigen::Vector<T, Eigen::Dynamic> log_prob;
};

}  // namespace bijou

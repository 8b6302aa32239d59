#pragma once

#include <functional>

#include "support/differences.hpp"

namespace laws {

/// What a loss depends on, or its gradients for that: inputs with a column for each event, and numbers that all events
/// share.
struct Arguments {
  Matrix<double> inputs;
  Vector<double> parameters{};
};

/// The loss of each event. Best without that of the unmoved arguments, so that what does not move adds no rounding.
using Losses = std::function<Eigen::ArrayXd(const Arguments&)>;

/// In which unit a gradient for the inputs must be right: 1, the larger of 1 and the entry, or the larger of 1 and the
/// largest entry of its event. That for the parameters: 1, the entry, or the largest entry.
enum class Unit { one, entry, largest };

struct PullbackOptions {
  Unit unit = Unit::one;
  double enough = 1e-9;  // differences that agree so well need no smaller step
  double undecided = 0;  // the share of differences that may say nothing, as at kinks
};

/// The gradients of a pullback against differences of the losses.
void check_pullback(const Losses& losses, const Arguments& at, const Arguments& gradients,
                    const PullbackOptions& options);

}  // namespace laws

#pragma once

#include <bijou/core/index.hpp>
#include <bijou/training/callback.hpp>

namespace bijou {

/// What minimize knows after a step.
struct StepReport {
  /// The step that has just been made; the first is 0.
  Index step;
  /// How many steps were asked for.
  Index steps;
  /// Of the batch, before the step.
  double loss;
  /// Of the step.
  double learning_rate;
  /// Since the start of minimize.
  double seconds;
};

/// What minimize calls after each step.
using StepCallback = Callback<StepReport>;

}  // namespace bijou

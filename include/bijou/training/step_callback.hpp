#pragma once

#include <bijou/core/index.hpp>
#include <bijou/training/callback.hpp>

namespace bijou {

/// What minimize knows after a step.
struct StepReport {
  Index step;  // the first is 0
  Index steps;
  double loss;           // before the step
  double learning_rate;  // of the step
  double seconds;        // since the start
};

/// What minimize calls after each step.
using StepCallback = Callback<StepReport>;

}  // namespace bijou

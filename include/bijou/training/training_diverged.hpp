#pragma once

#include <bijou/core/tile.hpp>
#include <stdexcept>
#include <string>

namespace bijou {

/// Thrown by fit when a loss, a gradient or a parameter is no longer finite. The flow is then at the last parameters
/// whose loss and gradient were finite, and ready for another fit, say with a smaller learning rate.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
/// try {
///   bijou::fit(flow, data, {.learning_rate = 1.0}, rng);
/// } catch (const bijou::TrainingDiverged& diverged) {
///   throw std::runtime_error(diverged.what());  // fit: training diverged at epoch 3, batch 17 (counting from 0): ...
/// }
/// @endcode
class TrainingDiverged : public std::runtime_error {
 public:
  TrainingDiverged(Index epoch, Index batch, const std::string& reason)
      : std::runtime_error("fit: training diverged at epoch " + std::to_string(epoch) + ", batch " +
                           std::to_string(batch) + " (counting from 0): " + reason),
        epoch_(epoch),
        batch_(batch) {}

  /// The epoch in which it happened; the first is 0.
  Index epoch() const { return epoch_; }

  /// The batch within that epoch; the first is 0.
  Index batch() const { return batch_; }

 private:
  Index epoch_;
  Index batch_;
};

}  // namespace bijou

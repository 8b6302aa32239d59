#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/training/history.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace bijou {

/// Thrown by fit when a training loss, a gradient or a parameter is no longer finite. With a validation set the flow is
/// then at the parameters of the lowest validation loss so far, else, or before the first validation, at the last ones
/// whose loss and gradient were finite. It is ready for another fit, say with a smaller learning rate.
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
  TrainingDiverged(Index epoch, Index batch, const std::string& reason, History history = {})
      : std::runtime_error(detail::joined(
            {"fit: training diverged at epoch ", epoch, ", batch ", batch, " (counting from 0): ", reason})),
        epoch_(epoch),
        batch_(batch),
        history_(std::move(history)) {}

  /// The epoch in which it happened; the first is 0.
  Index epoch() const { return epoch_; }

  /// The batch within that epoch; the first is 0.
  Index batch() const { return batch_; }

  /// The epochs that had ended before.
  const History& history() const { return history_; }

 private:
  Index epoch_;
  Index batch_;
  History history_;
};

}  // namespace bijou

#pragma once

#include <random>
#include <vector>

#include "flow.hpp"
#include "options.hpp"
#include "rows.hpp"

/// Losses in nats per row, one for each epoch.
struct Losses {
  std::vector<double> train;
  std::vector<double> validation;
  std::size_t best_epoch = 0;  // of the lowest validation loss
  double seconds = 0;
};

/// Trains until the validation loss has not fallen for a while; the flow ends with the parameters of the lowest one.
Losses train(Flow& flow, const Rows& train_rows, const Rows& validation_rows, const Settings& settings, bool quiet,
             std::mt19937_64& rng);

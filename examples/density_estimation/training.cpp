#include "training.hpp"

#include <bijou/training/adam.hpp>
#include <bijou/training/fit.hpp>
#include <bijou/training/progress.hpp>
#include <cmath>
#include <cstdio>

// fit can split off validation events itself. Here the callback watches the loss, as the rows to train with are known
// before and the Gaussian is fitted to them too.
Losses train(Flow& flow, const Rows& train_rows, const Rows& validation_rows, const Settings& settings, bool quiet,
             std::mt19937_64& rng) {
  Losses losses;
  Eigen::VectorXd best;
  bijou::ProgressLine progress;
  const auto at_end_of_epoch = [&](const bijou::EpochReport& report) {
    const double loss = -log_prob(flow, validation_rows).mean();
    losses.train.push_back(report.train_nll);
    losses.validation.push_back(loss);
    losses.seconds = report.seconds;
    const auto epoch = static_cast<std::size_t>(report.epoch);
    if (std::isfinite(loss) && (best.size() == 0 || loss < losses.validation[losses.best_epoch])) {
      losses.best_epoch = epoch;
      best = flow.parameters();
    }
    if (!quiet) {
      progress.update(
          report.epoch + 1, report.epochs,
          {{"loss", report.train_nll}, {"validation", loss}, {"best", losses.validation[losses.best_epoch]}});
    }
    return static_cast<long>(epoch - losses.best_epoch) < settings.patience;
  };

  const bijou::FitOptions options{.epochs = settings.epochs,
                                  .batch_size = settings.batch_size,
                                  .learning_rate = settings.learning_rate,
                                  .clip_norm = settings.clip_norm,
                                  .callback = at_end_of_epoch};
  bijou::AdamW<double> optimizer{{.weight_decay = settings.weight_decay}};
  try {
    if (train_rows.contexts.rows() == 0)
      bijou::fit(flow, train_rows.events, options, rng, optimizer);
    else
      bijou::fit(flow, train_rows.events, train_rows.contexts, options, rng, optimizer);
  } catch (const bijou::TrainingDiverged& error) {
    if (best.size() == 0) throw;
    progress.end();
    std::fprintf(stderr, "density_estimation: %s; the best flow before that is taken\n", error.what());
  }
  progress.end();
  if (best.size() > 0) flow.set_parameters(best);
  return losses;
}

#include <bijou/training/training_diverged.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("TrainingDiverged names epoch, batch and reason", "[training_diverged]") {
  const bijou::TrainingDiverged diverged(3, 17, "the loss is nan");
  CHECK(diverged.epoch() == 3);
  CHECK(diverged.batch() == 17);
  CHECK(diverged.what() ==
        std::string("fit: training diverged at epoch 3, batch 17 (counting from 0): the loss is nan"));
  CHECK(diverged.history().train_nll.empty());
  STATIC_REQUIRE(std::is_base_of_v<std::runtime_error, bijou::TrainingDiverged>);
}

TEST_CASE("TrainingDiverged carries the history of the epochs before", "[training_diverged]") {
  bijou::History history;
  history.train_nll = {2.0, 1.0};
  history.best_epoch = 1;
  const bijou::TrainingDiverged diverged(2, 0, "the loss is nan", history);
  CHECK(diverged.history().train_nll == std::vector<double>{2.0, 1.0});
  CHECK(diverged.history().best_epoch == 1);
}

#include <bijou/training/training_diverged.hpp>
#include <string>
#include <type_traits>

#include "../support/catch.hpp"

TEST_CASE("TrainingDiverged names epoch, batch and reason", "[training_diverged]") {
  const bijou::TrainingDiverged diverged(3, 17, "the loss is nan");
  CHECK(diverged.epoch() == 3);
  CHECK(diverged.batch() == 17);
  CHECK(diverged.what() ==
        std::string("fit: training diverged at epoch 3, batch 17 (counting from 0): the loss is nan"));
  STATIC_REQUIRE(std::is_base_of_v<std::runtime_error, bijou::TrainingDiverged>);
}

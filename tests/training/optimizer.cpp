#include <bijou/training/adam.hpp>
#include <bijou/training/optimizer.hpp>
#include <bijou/training/sgd.hpp>
#include <Eigen/Core>
#include <vector>

#include "../support/catch.hpp"

namespace {

struct SignDescent {  // p <- p - learning_rate * sign(gradient)
  void step(Eigen::Ref<Eigen::VectorXf> parameters, const Eigen::Ref<const Eigen::VectorXf>& gradient,
            double learning_rate) {
    parameters -= static_cast<float>(learning_rate) * gradient.array().sign().matrix();
  }
};

struct StepsElsewhere {
  void step(Eigen::VectorXf& parameters, double learning_rate);
};

}  // namespace

TEST_CASE("Optimizer holds for the optimizers here and for one of the user's, of the right scalar only",
          "[optimizer]") {
  STATIC_REQUIRE(bijou::Optimizer<bijou::Adam<float>, float>);
  STATIC_REQUIRE(bijou::Optimizer<bijou::AdamW<double>, double>);
  STATIC_REQUIRE(bijou::Optimizer<bijou::SGD<double>&, double>);
  STATIC_REQUIRE(bijou::Optimizer<SignDescent, float>);

  STATIC_REQUIRE_FALSE(bijou::Optimizer<bijou::Adam<float>, double>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<SignDescent, double>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<const bijou::Adam<float>, float>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<StepsElsewhere, float>);
  STATIC_REQUIRE_FALSE(bijou::Optimizer<int, float>);
}

TEST_CASE("for_each_cache_block covers a range once and in order", "[optimizer]") {
  for (const bijou::Index size : {0, 1, 255, 256, 257, 1000, 16'384, 16'385, 40'000}) {
    bijou::Index next = 0;
    bijou::detail::for_each_cache_block(size, 1, [&](bijou::Index first, bijou::Index count) {
      CHECK(first == next);
      CHECK(count > 0);
      CHECK(count <= 256);
      next = first + count;
    });
    CHECK(next == size);
  }
}

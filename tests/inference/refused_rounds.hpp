#pragma once

#include <bijou/numerics/counter_generator.hpp>
#include <Eigen/Core>
#include <random>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"

/// Why a model of two parameters refuses to run such rounds; it must not have simulated before.
template <class Rounds, class Model>
std::string refusal_of(Model& model, const Eigen::MatrixXf& x_o, const Rounds& rounds) {
  std::mt19937_64 rng{3};
  int calls = 0;
  const auto counted = [&](const Eigen::Vector2f& theta, bijou::CounterGenerator&) -> Eigen::Vector2f {
    ++calls;
    return theta;
  };
  const std::string message = message_of([&] { model.run(counted, x_o, rounds, rng); });
  CHECK(calls == 0);
  return message;
}

// Compiled with OpenMP: simulators, chains and calibration give the same bits at any number of threads.
#include <bijou/datasets/simulators.hpp>
#include <bijou/flows/maf.hpp>
#include <bijou/inference/calibration.hpp>
#include <bijou/inference/neural_likelihood.hpp>
#include <bijou/inference/simulate.hpp>
#include <random>
#include <stdexcept>

#include "support/catch.hpp"

using namespace bijou;

namespace {

constexpr int thread_counts[] = {2, 3, 8};
const datasets::GaussianLinearSimulator<float, 2> simulator;

}  // namespace

TEST_CASE("simulate gives the same bits on threads, and hands exceptions on", "[threads]") {
  std::mt19937_64 rng{1};
  const auto serial = simulate(simulator.prior(), simulator, 1000, rng);
  for (const int threads : thread_counts) {
    std::mt19937_64 again{1};
    const auto parallel = simulate(simulator.prior(), simulator, 1000, again, threads);
    CHECK(parallel.x == serial.x);
    CHECK(again == rng);
    const auto failing = [&](const Eigen::Vector2f& theta, CounterGenerator&) -> Eigen::Vector2f {
      if (theta == serial.theta.col(700)) throw std::runtime_error("failed");
      return theta;
    };
    CHECK_THROWS_AS(simulate(serial.theta, failing, rng, threads), std::runtime_error);
    rng.seed(1);
    simulate(simulator.prior(), simulator, 1000, rng);
  }
}

TEST_CASE("NeuralLikelihood and calibrate give the same bits on threads", "[threads]") {
  const auto run = [](int threads) {
    std::mt19937_64 rng{1};
    NeuralLikelihood model{flows::MAF<float, 2>{{.context_size = 2, .layers = 2, .hidden = {16}}, rng},
                           simulator.prior()};
    model.run(simulator, Eigen::Vector2f(0.3f, 0.1f),
              {.rounds = 2,
               .simulations = 500,
               .fit = FitOptions{.epochs = 2},
               .chains = {.chains = 300},
               .threads = threads},
              rng);
    const auto pairs = simulate(simulator.prior(), simulator, 20, rng, threads);
    const auto posterior_of = [&](const Eigen::Vector2f& x) { return simulator.posterior(x); };
    const auto calibration = calibrate(pairs.theta, pairs.x, posterior_of, {.threads = threads}, rng);
    return std::tuple{model.simulations().theta, model.flow().parameters(), calibration.ranks};
  };
  const auto serial = run(1);
  for (const int threads : thread_counts) CHECK(run(threads) == serial);
}

#include <bijou/distributions/uniform.hpp>
#include <bijou/inference/truncated_prior.hpp>
#include <cmath>
#include <random>

#include "support/catch.hpp"
#include "support/linear_normal.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

const Uniform<double, 2> box{{-5.0, -5.0}, {5.0, 5.0}};
const FlowPosterior posterior{LinearNormal<double>(0.5), Eigen::Vector2d(1.0, 1.0), box, 0};

}  // namespace

TEST_CASE("TruncatedPrior is the prior on the region of highest density", "[truncated_prior]") {
  // Of a normal density in two dimensions the region that leaves out 0.05 is |theta - x|^2 < -2 ln 0.05 0.5^2.
  std::mt19937_64 rng{1};
  const TruncatedPrior proposal{posterior, {.left_out = 0.05, .draws = 40'000}, rng};
  const double square = -2 * std::log(0.05) * 0.25;
  const double threshold = std::log(0.05) - std::log(2 * std::numbers::pi * 0.25);
  // Seed 1; the share left out has a deviation of sqrt(0.05 0.95 / 40000) = 0.0011: 5 of them, by chance 6e-7.
  CHECK(std::abs(std::exp(proposal.threshold() - threshold) - 1) < 5 * 0.0011 / 0.05);
  const auto draws = proposal.sample(20'000, rng);
  const double share = std::numbers::pi * square / 100;
  CHECK(draws.acceptance() == Approx(share).epsilon(0.15));
  const Eigen::RowVectorXd distance = (draws.events.colwise() - Eigen::Vector2d(1, 1)).colwise().squaredNorm();
  CHECK(distance.maxCoeff() < 1.15 * square);
  // Uniform in the disc: the mean of its square distance is half of the greatest, with a deviation of 0.29 / sqrt(N).
  CHECK(distance.mean() / distance.maxCoeff() == Approx(0.5).margin(0.011));
}

TEST_CASE("TruncatedPrior refuses bad options, and its draws end", "[truncated_prior]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { TruncatedPrior(posterior, {.left_out = 1}, rng); }) ==
        "TruncatedPrior: expected left_out in [0, 1), got 1");
  CHECK(message_of([&] { TruncatedPrior(posterior, {.draws = 0}, rng); }) ==
        "TruncatedPrior: expected draws of at least 1, got 0");
  const Uniform<double, 2> wide{{-5000.0, -5000.0}, {5000.0, 5000.0}};
  const FlowPosterior narrow{LinearNormal<double>(0.1), Eigen::Vector2d(1.0, 1.0), wide, 0};
  const TruncatedPrior proposal{narrow, {.draws = 1000}, rng};
  CHECK(message_of([&] { proposal.sample(10, rng); }).find("of the prior lie where the posterior has its mass, an ") !=
        std::string::npos);
}

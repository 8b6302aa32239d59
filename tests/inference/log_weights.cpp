#include <bijou/inference/log_weights.hpp>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("log weights: one weight, equal weights, and zeros", "[log_weights]") {
  const Eigen::Vector<double, 1> one(-3.0);
  CHECK(effective_sample_size(one) == 1);
  CHECK(log_evidence(one).value == -3);
  CHECK(std::isnan(log_evidence(one).standard_error));
  CHECK(weighted_mean(Eigen::Vector<double, 1>(7.0), one).value == 7);
  CHECK(weighted_mean(Eigen::Vector<double, 1>(7.0), one).standard_error == 0);

  const Eigen::VectorXf equal = Eigen::VectorXf::Constant(1000, 2.5f);
  CHECK(effective_sample_size(equal) == Approx(1000).epsilon(1e-14));
  CHECK(log_evidence(equal).value == Approx(2.5).epsilon(1e-14));
  CHECK(log_evidence(equal).standard_error == 0);

  const Eigen::Vector4d zeros = Eigen::Vector4d::Constant(-infinity);
  CHECK(effective_sample_size(zeros) == 0);
  CHECK(log_evidence(zeros).value == -infinity);
  CHECK(std::isnan(log_evidence(zeros).standard_error));
  CHECK(std::isnan(weighted_mean(zeros, zeros).value));
}

TEST_CASE("log weights: by hand", "[log_weights]") {
  const Eigen::Vector4d log_w(std::log(1.0), std::log(2.0), std::log(5.0), -infinity);
  const Eigen::Vector4d f(1.0, -1.0, 4.0, not_a_number);  // what has no weight is not looked at
  CHECK(effective_sample_size(log_w) == Approx(64.0 / 30).epsilon(1e-14));
  CHECK(log_evidence(log_w).value == Approx(std::log(2.0)).epsilon(1e-14));
  // Variance ((1 - 2)^2 + 0 + 9 + 4) / 3 = 14/3, of the mean 14/12.
  CHECK(log_evidence(log_w).standard_error == Approx(std::sqrt(14.0 / 12) / 2).epsilon(1e-14));
  const double mean = (1.0 - 2.0 + 20.0) / 8;
  CHECK(weighted_mean(f, log_w).value == Approx(mean).epsilon(1e-14));
  const double squares = std::pow(1 - mean, 2) + 4 * std::pow(-1 - mean, 2) + 25 * std::pow(4 - mean, 2);
  CHECK(weighted_mean(f, log_w).standard_error == Approx(std::sqrt(squares) / 8).epsilon(1e-14));
}

TEST_CASE("log weights: a common factor changes nothing, whatever its size", "[log_weights]") {
  std::mt19937_64 rng{1};
  Eigen::VectorXd log_w(500), f(500);
  for (Index n = 0; n < 500; ++n) {
    log_w(n) = std::ldexp(static_cast<double>(rng() % 1024), -8);  // exact, also with what is added
    f(n) = std::sin(static_cast<double>(n));
  }
  for (const double c : {1e4, -1e4, 1e6}) {
    const Eigen::VectorXd moved = log_w.array() + c;
    CHECK(effective_sample_size(moved) == effective_sample_size(log_w));
    CHECK(weighted_mean(f, moved).value == weighted_mean(f, log_w).value);
    CHECK(log_evidence(moved).value - c == Approx(log_evidence(log_w).value).margin(1e-9));
    CHECK(log_evidence(moved).standard_error == log_evidence(log_w).standard_error);
  }
}

// N(0, 1) cut to x > 0 from draws of N(0, 1.2): half the target is missing, its integral is 1/2, its mean sqrt(2/pi).
// Printed seeds; the errors are those that the estimates say, in 200 repetitions.
TEST_CASE("log weights: evidence and means of half a normal, with the errors that they say", "[log_weights]") {
  double evidence_pull = 0, mean_pull = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937_64 rng{seed};
    std::normal_distribution<double> normal(0, 1.2);
    Eigen::VectorXd x(1000), log_w(1000);
    for (Index n = 0; n < 1000; ++n) {
      x(n) = normal(rng);
      log_w(n) = x(n) > 0 ? std::log(1.2) - x(n) * x(n) / 2 * (1 - 1 / 1.44) : -infinity;
    }
    const Estimate evidence = log_evidence(log_w);
    const Estimate mean = weighted_mean(x, log_w);
    evidence_pull += std::pow((evidence.value - std::log(0.5)) / evidence.standard_error, 2);
    mean_pull += std::pow((mean.value - std::sqrt(2 / 3.14159265358979)) / mean.standard_error, 2);
  }
  // Chi-squared with 200 degrees of freedom: 200 +- 20.
  CHECK(evidence_pull == Approx(200).margin(80));
  CHECK(mean_pull == Approx(200).margin(80));
}

TEST_CASE("log weights: refuse what is no weight", "[log_weights]") {
  CHECK(message_of([] { effective_sample_size(Eigen::VectorXd()); }) ==
        "effective_sample_size: needs at least one weight");
  CHECK(message_of([] { log_evidence(Eigen::Vector2d(0, not_a_number)); }) ==
        "log_evidence: the logarithm of a weight must be finite or -infinity, got nan in place 1");
  CHECK(message_of([] { log_evidence(Eigen::Vector2f(std::numeric_limits<float>::infinity(), 0)); }) ==
        "log_evidence: the logarithm of a weight must be finite or -infinity, got inf in place 0");
  CHECK(message_of([] { weighted_mean(Eigen::Vector3d(1, 2, 3), Eigen::Vector2d(0, 0)); }) ==
        "weighted_mean: expected values of size 2, got 3");
}

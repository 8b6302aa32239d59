#include <bijou/inference/unweight.hpp>
#include <limits>
#include <random>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("unweight: equal weights are all kept, zeros never", "[unweight]") {
  std::mt19937_64 rng{0};
  const Unweighted equal = unweight(Eigen::VectorXd::Constant(50, 1e4), rng);
  CHECK(equal.kept.size() == 50);
  CHECK(equal.efficiency == 1);
  CHECK((equal.log_weights.array() == 0).all());
  Eigen::VectorXd half = Eigen::VectorXd::Zero(100);
  half.tail(50).setConstant(-infinity);
  for (const double tail : {0.0, 0.3}) {
    const Unweighted kept = unweight(half, rng, tail);
    CHECK(kept.kept.size() == 50);
    CHECK(kept.kept.back() == 49);
    CHECK(kept.efficiency == 0.5);
  }
  CHECK(unweight(Eigen::VectorXd::Constant(9, -infinity), rng).kept.empty());
  CHECK(unweight(Eigen::VectorXd::Constant(9, -infinity), rng).efficiency == 0);
  CHECK(unweight(Eigen::Vector<double, 1>(-5.0), rng, 0.5).kept == std::vector<Index>{0});
}

TEST_CASE("unweight: the tail carries no more than its share", "[unweight]") {
  // Weights 8, 4, 2, 2, ... of sum 8 + 4 + 2 * 94 = 200: a tail of 0.04 is the 8, of 0.06 the 8 and the 4.
  Eigen::VectorXd log_w = Eigen::VectorXd::Constant(96, std::log(2.0));
  log_w(5) = std::log(8.0);
  log_w(9) = std::log(4.0);
  std::mt19937_64 rng{0};
  const auto excess = [&](double tail) { return unweight(log_w, rng, tail).log_weights.array().exp().eval(); };
  CHECK(excess(0).maxCoeff() == 1);
  CHECK(excess(0.0399).maxCoeff() == 1);
  CHECK(excess(0.0401).maxCoeff() == Approx(2));  // 8 / 4
  const Unweighted kept = unweight(log_w, rng, 0.0601);
  CHECK(kept.kept.size() == 96);
  CHECK(kept.log_weights(5) == Approx(std::log(4.0)));
  CHECK(kept.log_weights(9) == Approx(std::log(2.0)));
  CHECK(kept.efficiency == 1);
}

// Printed seed. The mean of 2,000 repetitions against the sum itself, in units of its standard error.
TEST_CASE("unweight: sums over what is kept have the mean of sums over all", "[unweight]") {
  const Index count = 40;
  Eigen::VectorXd log_w(count), f(count);
  for (Index n = 0; n < count; ++n) {
    log_w(n) = 3 * std::sin(static_cast<double>(n * n));
    f(n) = std::cos(static_cast<double>(n));
  }
  const Eigen::VectorXd w = log_w.array().exp();
  std::mt19937_64 rng{1};
  for (const double tail : {0.0, 0.2}) {
    double sum = 0, squares = 0;
    const int repetitions = 2000;
    double limit = w.maxCoeff();
    for (int i = 0; i < repetitions; ++i) {
      const Unweighted kept = unweight(log_w, rng, tail);
      double total = 0;
      for (std::size_t k = 0; k < kept.kept.size(); ++k) {
        const double excess = std::exp(kept.log_weights(static_cast<Index>(k)));
        if (excess > 1) limit = w(kept.kept[k]) / excess;
        total += excess * f(kept.kept[k]);
      }
      sum += total;
      squares += total * total;
    }
    const double mean = sum / repetitions;
    const double error = std::sqrt((squares / repetitions - mean * mean) / repetitions);
    INFO("tail " << tail << ", " << mean << " +- " << error);
    CHECK(std::abs(mean - w.dot(f) / limit) < 4 * error);
  }
}

TEST_CASE("unweight: refuses a tail that is no share", "[unweight]") {
  std::mt19937_64 rng{0};
  for (const double tail : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(message_of([&] {
            unweight(Eigen::Vector2d(0, 0), rng, tail);
          }).starts_with("unweight: expected a tail in [0, 1)"));
  }
}

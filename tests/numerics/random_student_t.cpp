#include <bijou/numerics/random_student_t.hpp>
#include <algorithm>
#include <random>
#include <vector>

#include "golden/mpmath.hpp"
#include "support/catch.hpp"
#include "support/statistics.hpp"

using namespace bijou;

TEST_CASE("draws of Student's t lie between its quantiles as often as they should", "[random_student_t]") {
  const std::vector<double> probabilities{0.001, 0.009, 0.09, 0.15, 0.25, 0.25, 0.15, 0.09, 0.009, 0.001};
  std::mt19937_64 rng{5};
  for (const auto& row : golden::mpmath::student_t_quantiles) {
    INFO("degrees = " << row[0]);
    std::vector<std::uint64_t> counts(10, 0);
    for (int n = 0; n < 200'000; ++n) {
      const double t = detail::student_t(rng, row[0]);
      ++counts[static_cast<std::size_t>(std::lower_bound(row + 1, row + 10, t) - (row + 1))];
    }
    CHECK(statistics::chi_square_score(counts, probabilities) < 3.5);
  }
}

TEST_CASE("gamma draws have the moments of their shape", "[random_student_t]") {
  std::mt19937_64 rng{6};
  for (const double shape : {1.0, 1.5, 20.0, 5e7}) {
    INFO("shape = " << shape);
    const int n = 100'000;
    double sum = 0;
    double square = 0;
    for (int i = 0; i < n; ++i) {
      const double u = (detail::gamma_of_large_shape(rng, shape) - shape) / std::sqrt(shape);
      sum += u;
      square += u * u;
    }
    CHECK(std::abs(sum / n) < 4 / std::sqrt(n));
    CHECK(std::abs(square / n - 1) < 4 * std::sqrt((2 + 6 / shape) / n));
  }
}

TEST_CASE("the same bits of a generator give the same draws", "[random_student_t]") {
  std::mt19937_64 rng{7};
  std::mt19937_64 same{7};
  for (int n = 0; n < 1000; ++n) CHECK(detail::student_t(rng, 3.7) == detail::student_t(same, 3.7));
  CHECK(rng == same);
}

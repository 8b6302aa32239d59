#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace statistics {

inline double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

// sqrt(n) times the Kolmogorov-Smirnov distance; above 1.95 with probability 0.001.
template <class Cdf>
double kolmogorov_smirnov(std::vector<double> sample, Cdf cdf) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = cdf(sample[i]);
    const auto below = static_cast<double>(i);
    distance = std::max({distance, p - below / n, (below + 1) / n - p});
  }
  return std::sqrt(n) * distance;
}

// Pearson's chi^2 brought to about N(0, 1) by Wilson & Hilferty (1931), for few degrees of freedom too.
inline double chi_square_score(const std::vector<std::uint64_t>& counts, const std::vector<double>& probabilities) {
  double total = 0;
  for (const std::uint64_t count : counts) total += static_cast<double>(count);
  double chi_square = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * probabilities[i];
    const double excess = static_cast<double>(counts[i]) - expected;
    chi_square += excess * excess / expected;
  }
  const auto freedom = static_cast<double>(counts.size() - 1);
  const double variance = 2 / (9 * freedom);
  return (std::cbrt(chi_square / freedom) - (1 - variance)) / std::sqrt(variance);
}

inline double chi_square_score(const std::vector<std::uint64_t>& counts) {
  return chi_square_score(counts, std::vector<double>(counts.size(), 1 / static_cast<double>(counts.size())));
}

// How many standard errors a frequency lies from its probability.
inline double frequency_score(std::uint64_t count, std::uint64_t n, double p) {
  const auto size = static_cast<double>(n);
  return (static_cast<double>(count) - size * p) / std::sqrt(size * p * (1 - p));
}

}  // namespace statistics

#pragma once

#include <bijou/inference/log_weights.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace bijou {

namespace detail {

/// The shape of a generalised Pareto distribution, of exceedances in increasing order, all positive: the posterior mean
/// of Zhang and Stephens 2009, drawn towards 1/2 with the weight of ten more (Vehtari et al. 2024, Appendix G).
/// T: double.
template <class T>
double pareto_shape(const std::vector<T>& exceedances) {
  const auto count = static_cast<double>(exceedances.size());
  const auto candidates = static_cast<Index>(30 + std::sqrt(count));
  const double quartile = exceedances[(exceedances.size() + 2) / 4 - 1];
  const double greatest = exceedances.back();
  // theta = -shape / scale has the profile likelihood l(theta) = n (ln(-theta / k) - k - 1), k = mean ln(1 - theta x).
  const auto mean_log = [&](double theta) {
    double sum = 0;
    for (const double x : exceedances) sum += std::log1p(-theta * x);
    return sum / count;
  };
  Eigen::Vector<T, Eigen::Dynamic> thetas(candidates), log_likelihoods(candidates);
  for (Index i = 0; i < candidates; ++i) {
    const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(candidates);
    thetas(i) = 1 / greatest + (1 - 1 / std::sqrt(share)) / (3 * quartile);
    const double k = mean_log(thetas(i));
    log_likelihoods(i) = count * (std::log(-thetas(i) / k) - k - 1);
  }
  const Eigen::Array<T, Eigen::Dynamic, 1> weights = (log_likelihoods.array() - log_likelihoods.maxCoeff()).exp();
  const double theta = (thetas.array() * weights).sum() / weights.sum();
  return (count * mean_log(theta) + 10 * 0.5) / (count + 10);
}

}  // namespace detail

/// Pareto k of weights whose logarithms are given: the shape of the tail of their distribution, of which moments up to
/// 1/k exist (Vehtari et al. 2024, Pareto smoothed importance sampling). Below 0.5 the errors of log_evidence and
/// weighted_mean are what they say, up to 0.7 they are good to a factor, above that the proposal misses parts of the
/// target that matter: no sum of these weights is to be trusted.
///
/// @f[ P(w > u + y \mid w > u) \approx \left(1 + \frac{k y}{\sigma}\right)^{-1/k} @f]
///
/// The tail are the min(N / 5, 3 sqrt(N)) greatest weights, and u is the greatest of the others. -infinity where none
/// of the tail is above u, and +infinity where fewer than five are, or if all weights are 0. Throws
/// std::invalid_argument as effective_sample_size does.
///
/// @code{.cpp}
/// #include <bijou/inference/pareto_k.hpp>
/// #include <bijou/numerics/random.hpp>
/// #include <random>
///
/// int main() {
///   // Draws of a normal for a target of twice the width: the weights have an infinite variance.
///   std::mt19937_64 rng{0};
///   Eigen::VectorXd log_w(10'000);
///   for (double& each : log_w) {
///     const double x = bijou::normal(rng);
///     each = x * x / 2 - x * x / 8;
///   }
///   return bijou::pareto_k(log_w) > 0.5 ? 0 : 1;
/// }
/// @endcode
template <class W>
double pareto_k(const Eigen::DenseBase<W>& log_weights) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const detail::ScaledWeights w(detail::require_log_weights("pareto_k", log_weights));
  const auto count = static_cast<double>(w.values.size());
  const auto tail = static_cast<Index>(std::ceil((std::min)(0.2 * count, 3 * std::sqrt(count))));
  if (tail < 5 || w.are_all_zero()) return infinity;
  std::vector<double> sorted(w.values.begin(), w.values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto first = sorted.end() - tail;
  const double cutoff = (std::max)(*(first - 1), (std::numeric_limits<double>::min)());
  std::vector<double> exceedances;
  std::transform(first, sorted.end(), std::back_inserter(exceedances), [&](double each) { return each - cutoff; });
  exceedances.erase(exceedances.begin(),
                    std::find_if(exceedances.begin(), exceedances.end(), [](double x) { return x > 0; }));
  if (exceedances.empty()) return -infinity;
  return exceedances.size() < 5 ? infinity : detail::pareto_shape(exceedances);
}

}  // namespace bijou

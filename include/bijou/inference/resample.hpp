#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/inference/log_weights.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cstddef>
#include <vector>

namespace bijou {

/// Indices of n draws from a weighted set: multinomial resampling, which starts chains at events that matter. Throws
/// std::invalid_argument for n < 0, if all weights are 0, and as effective_sample_size does.
///
/// @f[ P(i) = \frac{w_i}{\sum_j w_j} @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StandardNormal<double, 2> prior;
/// const bijou::datasets::DoubleWell<double> well;
/// const auto draws = prior.sample_with_log_prob(10'000, rng);
/// const Eigen::VectorXd log_w = bijou::log_prob(well, draws.events) - draws.log_prob;
/// const Eigen::Matrix2Xd start = draws.events(Eigen::seqN(0, 2), bijou::resample(log_w, 100, rng));
/// @endcode
template <class W, class Rng>
std::vector<Index> resample(const Eigen::DenseBase<W>& log_weights, Index n, Rng&& rng) {
  detail::require_generator<Rng>();
  if (n < 0) detail::throw_invalid_argument("resample", "cannot draw ", n, " events");
  const detail::ScaledWeights w(detail::require_log_weights("resample", log_weights));
  if (w.are_all_zero()) detail::throw_invalid_argument("resample", "all weights are 0");
  std::vector<double> up_to(static_cast<std::size_t>(w.values.size()));
  double sum = 0;
  for (Index i = 0; i < w.values.size(); ++i) up_to[static_cast<std::size_t>(i)] = sum += w.values(i);
  std::vector<Index> chosen(static_cast<std::size_t>(n));
  for (Index& each : chosen) {
    const auto found = std::upper_bound(up_to.begin(), up_to.end(), uniform(rng) * sum);
    each = (std::min)(static_cast<Index>(found - up_to.begin()), w.values.size() - 1);
    while (w.values(each) == 0) --each;  // rounding at the upper end
  }
  return chosen;
}

}  // namespace bijou

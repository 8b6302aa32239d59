#pragma once

#include <bijou/inference/log_weights.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace bijou {

/// Draws that stand for a weighted set.
struct Unweighted {
  std::vector<Index> kept;      // which of the draws, in their order
  Eigen::VectorXd log_weights;  // of these: 0, or how far one of the tail is above the limit
  double efficiency;            // the mean probability to be kept
};

/// Keeps each draw with a probability in proportion to its weight, so that those kept need no weights: unweighting of
/// event generators. The greatest weights of a heavy tail would make it keep next to nothing, so the limit l is the
/// weight above which the share `tail` of the sum lies; the few draws above it are kept with a weight v. tail = 0: the
/// limit is the greatest weight, and nothing keeps a weight. Sums over the kept draws with their weights have the mean
/// of sums over all, divided by l. Throws std::invalid_argument for a tail outside [0, 1), and as effective_sample_size
/// does.
///
/// @f[ P(\text{kept}) = \min\left(1, \frac{w}{l}\right), \qquad v = \max\left(1, \frac{w}{l}\right) @f]
///
/// @code{.cpp}
/// #include <bijou/inference/unweight.hpp>
/// #include <random>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   const Eigen::Vector4d log_w(0.0, -0.5, -1.0, -700.0);
///   const bijou::Unweighted events = bijou::unweight(log_w, rng, 0.01);
///   return events.kept.front() == 0 ? 0 : 1;  // the greatest weight is always kept
/// }
/// @endcode
template <class W, class Rng>
Unweighted unweight(const Eigen::DenseBase<W>& log_weights, Rng&& rng, double tail = 0) {
  detail::require_generator<Rng>();
  if (!(tail >= 0 && tail < 1)) detail::throw_invalid_argument("unweight", "expected a tail in [0, 1), got ", tail);
  const detail::ScaledWeights w(detail::require_log_weights("unweight", log_weights));
  Unweighted result{{}, {}, 0};
  if (w.are_all_zero()) return result;

  std::vector<double> rising(w.values.begin(), w.values.end());
  std::sort(rising.begin(), rising.end());
  double sum = 0;
  for (const double each : rising) sum += each;
  double limit = rising.back();
  double above = 0;
  for (std::size_t i = rising.size() - 1; i > 0 && rising[i - 1] > 0; --i) {
    above += rising[i];
    if (above > tail * sum) break;
    limit = rising[i - 1];
  }

  std::vector<double> excess;
  double probabilities = 0;
  for (Index n = 0; n < w.values.size(); ++n) {
    const double ratio = w.values(n) / limit;
    probabilities += (std::min)(ratio, 1.0);
    if (uniform(rng) >= ratio) continue;
    result.kept.push_back(n);
    excess.push_back(ratio > 1 ? std::log(ratio) : 0.0);
  }
  result.log_weights = Eigen::Map<const Eigen::VectorXd>(excess.data(), static_cast<Index>(excess.size()));
  result.efficiency = probabilities / static_cast<double>(w.values.size());
  return result;
}

}  // namespace bijou

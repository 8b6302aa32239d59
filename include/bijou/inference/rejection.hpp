#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/training/checks.hpp>
#include <algorithm>
#include <cmath>
#include <string_view>

namespace bijou {

/// How long draws that are rejected are drawn again.
struct RejectionOptions {
  /// Draws in all, kept or not, for each one that is asked for; at least a million are tried.
  Index most_draws_for_each = 1000;
};

/// Draws by rejection.
///
/// T: float or double. C: number of parameters or Eigen::Dynamic.
template <class T, int C>
struct AcceptedDraws {
  Eigen::Matrix<T, C, Eigen::Dynamic> events;  // C x n
  Index tried = 0;                             // draws, kept or not

  /// The share of draws that were kept.
  double acceptance() const { return tried > 0 ? static_cast<double>(events.cols()) / static_cast<double>(tried) : 1; }
};

namespace detail {

/// draw(count): a batch of draws. keep(batch): a vector that says which count. The last batch counts up to the draw
/// that fills the result, so that the acceptance has no bias towards more. what: the end of the message.
template <class T, int C, class Draw, class Keep>
AcceptedDraws<T, C> draw_by_rejection(std::string_view caller, Index event_size, Index n,
                                      const RejectionOptions& options, Draw draw, Keep keep, std::string_view what) {
  if (n < 0) throw_invalid_argument(caller, "cannot draw ", n, " events");
  require_at_least(caller, "most_draws_for_each", 1, options.most_draws_for_each);
  const double most = (std::max)(1e6, static_cast<double>(n) * static_cast<double>(options.most_draws_for_each));
  AcceptedDraws<T, C> result;
  result.events.resize(event_size, n);
  Index kept = 0;
  while (kept < n) {
    if (static_cast<double>(result.tried) >= most) {
      throw_invalid_argument(caller, "only ", kept, " of ", result.tried, " draws ", what, ", an acceptance of ",
                             static_cast<double>(kept) / static_cast<double>(result.tried), "; ", n, " were asked for");
    }
    const double rate = result.tried > 0 ? static_cast<double>(kept + 1) / static_cast<double>(result.tried + 1) : 1;
    const double wanted = std::ceil(1.1 * static_cast<double>(n - kept) / rate);
    const auto batch = draw(static_cast<Index>(std::clamp(wanted, 128.0, 16384.0)));
    const auto is_kept = keep(batch);
    for (Index k = 0; k < batch.cols() && kept < n; ++k) {
      ++result.tried;
      if (is_kept(k)) result.events.col(kept++) = batch.col(k);
    }
  }
  return result;
}

}  // namespace detail
}  // namespace bijou

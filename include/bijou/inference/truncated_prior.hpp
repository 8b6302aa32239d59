#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/inference/flow_posterior.hpp>
#include <bijou/inference/rejection.hpp>
#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

/// How a prior is truncated. Set members by name, in this order.
struct TruncationOptions {
  /// Share of the posterior's mass that the region may leave out.
  double left_out = 1e-4;
  /// Draws of the posterior that the region is found with.
  Index draws = 100'000;
  /// How draws within the truncation are found.
  RejectionOptions rejection = {};
};

namespace detail {

inline void require_truncation(std::string_view caller, const TruncationOptions& options) {
  require_option(caller, options.left_out >= 0 && options.left_out < 1, "left_out in [0, 1)", options.left_out);
  require_at_least(caller, "draws", 1, options.draws);
  require_at_least(caller, "most_draws_for_each", 1, options.rejection.most_draws_for_each);
}

}  // namespace detail

/// A prior restricted to the region of highest density that holds 1 - left_out of a posterior's mass, the threshold t
/// being a quantile over draws of the posterior: the proposal of truncated sequential posterior estimation (Deistler,
/// Goncalves & Macke 2022, TSNPE, Algorithm 1). Where it has mass it is in proportion to the prior, so simulations from
/// it are fitted without a correction. Draws by rejection from the prior.
///
/// @f[ \tilde p(\theta) \propto p(\theta)\, \bigl[\ln q(\theta \mid x_o) \ge t\bigr] @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::NSF<float> flow{{.event_size = 2, .context_size = 1, .layers = 2}, rng};
/// const bijou::Uniform<float, 2> prior{{-9.0f, -9.0f}, {9.0f, 9.0f}};
/// const bijou::FlowPosterior posterior{flow, Eigen::Vector<float, 1>(0.5f), prior};
/// const bijou::TruncatedPrior proposal{posterior, {.draws = 10'000}, rng};
/// const auto theta = proposal.sample(100, rng);
/// const double share = theta.acceptance();  // of the prior's mass that is left
/// @endcode
template <class Posterior>
class TruncatedPrior {
  using T = typename Posterior::Scalar;
  static constexpr int D = Posterior::static_event_size;

 public:
  static constexpr const char* name = "TruncatedPrior";

  template <class Rng>
  TruncatedPrior(Posterior posterior, const TruncationOptions& options, Rng&& rng, WorkspaceArgument workspace = {})
      : posterior_(std::move(posterior)), rejection_(options.rejection) {
    detail::require_truncation(name, options);
    const auto draws = posterior_.sample(options.draws, rng, options.rejection, *workspace);
    Eigen::VectorXd log_q = detail::energies_of(posterior_, draws.events, *workspace);
    const auto out = static_cast<Index>(std::floor(options.left_out * static_cast<double>(options.draws)));
    std::nth_element(log_q.data(), log_q.data() + out, log_q.data() + log_q.size());
    threshold_ = log_q(out);
  }

  /// The least ln p(theta | x_o) of the region, in nats.
  double threshold() const { return threshold_; }

  /// n draws. Throws std::invalid_argument with the acceptance when too few draws of the prior lie in the region.
  template <class Rng>
  AcceptedDraws<T, D> sample(Index n, Rng&& rng, WorkspaceArgument workspace = {}) const {
    using Events = Eigen::Matrix<T, D, Eigen::Dynamic>;
    return detail::draw_by_rejection<T, D>(
        name, posterior_.event_size(), n, rejection_,
        [&](Index count) -> Events { return bijou::sample(posterior_.prior(), count, rng, *workspace); },
        [&](const Events& events) -> Eigen::ArrayXi {
          const Eigen::VectorXd log_q = detail::energies_of(posterior_, events, *workspace);
          Eigen::ArrayXi is_inside(log_q.size());
          for (Index k = 0; k < log_q.size(); ++k) is_inside(k) = log_q(k) >= threshold_ ? 1 : 0;
          return is_inside;
        },
        "of the prior lie where the posterior has its mass");
  }

 private:
  Posterior posterior_;
  RejectionOptions rejection_;
  double threshold_;
};

template <class Posterior, class Rng>
TruncatedPrior(Posterior, TruncationOptions, Rng&&) -> TruncatedPrior<Posterior>;

}  // namespace bijou

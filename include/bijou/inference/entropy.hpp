#pragma once

#include <bijou/inference/log_weights.hpp>
#include <bijou/inference/moments.hpp>
#include <cmath>
#include <type_traits>

namespace bijou {

namespace detail {

/// n draws with ln p of them, also of a view under a context.
template <class P, class Rng>
auto draws_and_densities_of(const P& p, Index n, Rng& rng, Workspace& workspace) {
  if constexpr (requires { p.sample_with_log_prob(n, rng, workspace); }) {
    return p.sample_with_log_prob(n, rng, workspace);
  } else {
    require_distribution<P>();
    return CallsOf<P>(p).sample_with_log_prob(n, rng, workspace);
  }
}

/// ln p of each column, also of a view under a context.
template <class P, class X>
Eigen::VectorXd log_densities_of(const P& p, const X& x, Workspace& workspace) {
  static_assert(std::is_same_v<typename P::Scalar, typename X::Scalar>,
                "the two densities have different scalar types, float and double");
  if constexpr (requires { p.log_prob(x, workspace); })
    return p.log_prob(x, workspace).template cast<double>();
  else
    return bijou::log_prob(p, x, workspace).template cast<double>();
}

}  // namespace detail

/// The entropy of a density, -E ln p(x), in nats, from n draws. Throws std::invalid_argument for fewer than 2 draws.
///
/// @f[ H = -E_p[\ln p(x)] @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StandardNormal<double, 3> p;
/// const bijou::Estimate h = bijou::entropy(p, 1000, rng);  // near 3/2 (1 + ln(2 pi)) = 4.26
/// @endcode
template <class P, class Rng>
Estimate entropy(const P& p, Index n, Rng&& rng, WorkspaceArgument workspace = {}) {
  detail::require_draws("entropy", n);
  const auto draws = detail::draws_and_densities_of(p, n, rng, *workspace);
  return detail::mean_of(-draws.log_prob.template cast<double>());
}

/// The Kullback-Leibler divergence KL(p || q) = E_p [ln p(x) - ln q(x)], in nats, from n draws of p. q may be an energy
/// that lacks its normaliser, ln q = energy - ln Z: the result then lacks the same ln Z. Infinity with an error of NaN
/// where a draw of p lies outside of the support of q. Regions that q has and no draw reaches do not show. Throws
/// std::invalid_argument for fewer than 2 draws and for densities of different event sizes.
///
/// @f[ KL(p\,\|\,q) = E_p[\ln p(x) - \ln q(x)] @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::StandardNormal<double, 2> p;
/// const bijou::DiagonalNormal<double, 2> q{{1.0, 0.0}, {1.0, 1.0}};
/// const bijou::Estimate difference = bijou::kl(p, q, 1000, rng);  // near 1/2
/// @endcode
template <class P, class Q, class Rng>
Estimate kl(const P& p, const Q& q, Index n, Rng&& rng, WorkspaceArgument workspace = {}) {
  detail::require_draws("kl", n);
  const auto draws = detail::draws_and_densities_of(p, n, rng, *workspace);
  const Eigen::VectorXd log_q = detail::log_densities_of(q, draws.events, *workspace);
  return detail::mean_of(draws.log_prob.template cast<double>() - log_q);
}

}  // namespace bijou

#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <string_view>

/// The calls on batches for any Distribution, also one that has functions on tiles only.
namespace bijou {

namespace detail {

/// The calls on batches of a distribution or an energy that has functions on tiles only.
template <EnergyOfValues P>
class CallsOf : public DistributionCalls<CallsOf<P>, typename P::Scalar, P::static_event_size> {
 public:
  using Scalar = typename P::Scalar;
  using Cache = cache_t<P, Scalar>;
  static constexpr int static_event_size = P::static_event_size;
  static constexpr std::string_view name = name_of<P>(Distribution<P> ? "distribution" : "energy");

  explicit CallsOf(const P& p) : p_(p) {}
  Index event_size() const { return p_.event_size(); }
  Index noise_size() const { return detail::noise_size(p_); }
  Index context_size() const
  requires requires(const P& p) { p.context_size(); }
  {
    return p_.context_size();
  }
  void require_parts() const
  requires requires(const P& p) { p.require_parts(); }
  {
    p_.require_parts();
  }
  ConstTile<Scalar> context_of(const TileOfBatch& at) const
  requires HoldsContext<P>
  {
    return p_.context_of(at);
  }
  bool has_one_context() const { return p_.has_one_context(); }
  void require_events_of_context(Index events) const { p_.require_events_of_context(events); }

  using DistributionCalls<CallsOf, Scalar, static_event_size>::log_prob;
  void log_prob(DensityEvaluation<Scalar, Cache> e) const { p_.log_prob(e); }
  void log_prob_pullback(DensityPullback<Scalar, Cache> p) const { p_.log_prob_pullback(p); }
  void draw(auto events, auto& rng) const { p_.draw(events, rng); }
  void map_noise(NoiseEvaluation<Scalar, Cache> n) const
  requires MapsNoise<P>
  {
    p_.map_noise(n);
  }

 private:
  const P& p_;
};

}  // namespace detail

/// @f$ \ln p(x_n) @f$ of each column of x in nats, for any Distribution or energy: a vector of N, or a scalar for a
/// single event.
template <class P, class X>
auto log_prob(const P& p, const Eigen::DenseBase<X>& x, WorkspaceArgument workspace = {}) {
  detail::require_energy_of_values<P>();
  return detail::CallsOf<P>(p).log_prob(x, *workspace);
}

/// @f$ \nabla_x \ln p(x_n) @f$, the gradient of ln p with respect to x, a column for each event, for any Distribution
/// or energy with a gradient.
template <class P, class X>
auto score(const P& p, const Eigen::DenseBase<X>& x, WorkspaceArgument workspace = {}) {
  detail::require_energy<P>();
  return detail::CallsOf<P>(p).score(x, *workspace);
}

/// n draws @f$ x \sim p @f$, D x n, for any Distribution.
template <class P, class Rng>
auto sample(const P& p, Index n, Rng&& rng, WorkspaceArgument workspace = {}) {
  detail::require_distribution<P>();
  return detail::CallsOf<P>(p).sample(n, rng, *workspace);
}

}  // namespace bijou

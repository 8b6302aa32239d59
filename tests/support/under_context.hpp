#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <utility>

/// A conditional distribution under a context that it holds: an ordinary distribution, so that all laws of these hold.
template <class P>
class UnderContext : public bijou::DistributionCalls<UnderContext<P>, typename P::Scalar, P::static_event_size> {
  using T = typename P::Scalar;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

 public:
  using Scalar = T;
  using Cache = bijou::detail::cache_t<P, T>;
  static constexpr int static_event_size = P::static_event_size;
  static constexpr const char* name = P::name;

  UnderContext(P p, Vector context) : p_(std::move(p)), context_(std::move(context)) {}

  bijou::Index event_size() const { return p_.event_size(); }
  bijou::Index noise_size() const { return bijou::detail::noise_size(p_); }
  const P& distribution() const { return p_; }
  static constexpr auto members() {
    return bijou::Members{bijou::part("distribution", &UnderContext::p_),
                          bijou::state("context", &UnderContext::context_)};
  }

  using bijou::DistributionCalls<UnderContext, T, static_event_size>::log_prob;
  void log_prob(bijou::DensityEvaluation<T, Cache> e) const {
    bijou::Pass<T> pass = inside(e.pass, e.input.cols());
    p_.log_prob(bijou::DensityEvaluation<T, Cache>{e.input, e.log_prob, e.cache, pass});
  }
  void log_prob_pullback(bijou::DensityPullback<T, Cache> p) const {
    bijou::Pass<T> pass = inside(p.pass, p.input.cols());
    p_.log_prob_pullback(bijou::DensityPullback<T, Cache>{p.input, p.log_prob_gradient, p.input_gradient,
                                                          p.parameter_gradient, p.cache, pass});
  }
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    p_.draw(events, rng);
  }
  void map_noise(bijou::NoiseEvaluation<T, Cache> n) const {
    bijou::Pass<T> pass = inside(n.pass, n.noise.cols());
    p_.map_noise(bijou::NoiseEvaluation<T, Cache>{n.noise, n.output, n.log_prob, n.cache, pass});
  }

 private:
  bijou::Pass<T> inside(const bijou::Pass<T>& pass, bijou::Index events) const {
    const bijou::Tile<T> tile = pass.arena.template tile<T>(context_.size(), events);
    for (bijou::Index i = 0; i < tile.rows(); ++i) tile.row(i).setConstant(context_(i));
    return {.arena = pass.arena,
            .keep_for_pullback = pass.keep_for_pullback,
            .context = tile,
            .one_context = true,
            .threads = pass.threads};
  }

  P p_;
  Vector context_;
};

#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <utility>

namespace bijou {

/// p(x | c) = q(x | e(c)): a conditional distribution q whose context comes from a network e of the context c, all of
/// it one object with one list of parameters, trained by one fit.
///
/// C: the network, a Conditioner such as Mlp, from C rows to the rows of q's context; it reads no context of its own.
/// P: a conditional distribution, a flow say, or an Embed. A context of one column goes through the network once.
/// Throws std::invalid_argument if the sizes do not fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                     bijou::MAF<float, 2>{bijou::NetworkOptions{{64, 64}, 4}, rng}};
/// const bijou::Embed embedded{bijou::Mlp<float>{100, 4, {64}, rng}, flow};  // 100 numbers become 4
/// const Eigen::VectorXf observation = Eigen::VectorXf::Random(100);
/// const Eigen::Matrix2Xf x = embedded.given(observation).sample(1000, rng);
/// @endcode
template <Conditioner C, class P>
class Embed : public DistributionCalls<Embed<C, P>, typename P::Scalar, P::static_event_size> {
  using T = typename P::Scalar;

 public:
  static_assert((detail::require_distribution<P>(), true));
  using Scalar = T;
  static_assert(std::is_same_v<T, typename C::Scalar>, "Embed: network and distribution have different scalar types");
  static constexpr int static_event_size = P::static_event_size;
  static constexpr const char* name = "Embed";
  static constexpr const char* formula = "p(x | network(context))";

  Embed(C network, P distribution) : network_(std::move(network)), distribution_(std::move(distribution)) {
    require_parts();
  }

  Index event_size() const { return distribution_.event_size(); }
  Index context_size() const { return network_.input_size(); }
  const C& network() const { return network_; }
  const P& distribution() const { return distribution_; }

  static constexpr auto members() {
    return std::tuple{part("network", &Embed::network_), part("distribution", &Embed::distribution_)};
  }

  void require_parts() const {
    if constexpr (requires { distribution_.require_parts(); }) distribution_.require_parts();
    detail::require_size(name, "a network with a context", 0, network_.context_size());
    detail::require_size(name, "a network with output", bijou::context_size(distribution_), network_.output_size());
  }

  /// What the parts keep, and the context that the network gives: one column if there is one context for all events.
  struct Cache {
    typename C::Cache network;
    Tile<T> embedded;
    detail::cache_t<P, T> distribution;
  };

  using DistributionCalls<Embed, T, static_event_size>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    Pass<T> inner = embed(e.cache, e.pass);
    distribution_.log_prob(
        DensityEvaluation<T, detail::cache_t<P, T>>{e.input, e.log_prob, e.cache.distribution, inner});
  }

  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    auto [network_gradient, distribution_gradient] = gradients(*this, p);
    Pass<T> inner = inner_pass(p.pass);
    inner.context.rebind(for_all_events(p.cache.embedded, p.pass));
    inner.context_gradient.rebind(arena.template tile<T>(network_.output_size(), p.input.cols()));
    inner.context_gradient.setZero();
    distribution_.log_prob_pullback(DensityPullback<T, detail::cache_t<P, T>>{
        p.input, p.log_prob_gradient, p.input_gradient, distribution_gradient, p.cache.distribution, inner});

    const Index columns = p.cache.embedded.cols();
    Tile<T> embedded_gradient = inner.context_gradient;
    if (columns < p.input.cols()) {
      embedded_gradient.rebind(arena.template tile<T>(network_.output_size(), columns));
      embedded_gradient.col(0) = inner.context_gradient.rowwise().sum();
    }
    const Tile<T> context_gradient = arena.template tile<T>(network_.input_size(), columns);
    Pass<T> own = inner_pass(p.pass);
    network_.pullback({embedded_gradient, context_gradient, network_gradient, p.cache.network, own});
    // The gradient for one context is the sum over the columns, so that it may stand in the first.
    if (p.pass.context_gradient.rows() > 0) p.pass.context_gradient.leftCols(columns) += context_gradient;
  }

  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    distribution_.draw(events, rng);
  }

  void map_noise(NoiseEvaluation<T, Cache> n) const
  requires detail::MapsNoise<P>
  {
    Pass<T> inner = embed(n.cache, n.pass);
    distribution_.map_noise(
        NoiseEvaluation<T, detail::cache_t<P, T>>{n.noise, n.output, n.log_prob, n.cache.distribution, inner});
  }

 private:
  /// The pass without the context, which is the network's alone.
  static Pass<T> inner_pass(const Pass<T>& pass) {
    return {.arena = pass.arena,
            .keep_for_pullback = pass.keep_for_pullback,
            .one_context = pass.one_context,
            .threads = pass.threads};
  }

  /// The pass of the distribution.
  Pass<T> embed(Cache& cache, const Pass<T>& pass) const {
    const ConstTile<T> all = pass.context;
    const Index columns = pass.one_context ? 1 : all.cols();
    const ConstTile<T> context(all.data(), all.rows(), columns, all.outerStride());
    cache.embedded.rebind(pass.arena.template units<T>(network_.output_size(), columns));
    Pass<T> own = inner_pass(pass);
    network_.evaluate({context, cache.embedded, cache.network, own});
    Pass<T> inner = inner_pass(pass);
    inner.context.rebind(for_all_events(cache.embedded, pass));
    return inner;
  }

  ConstTile<T> for_all_events(const Tile<T>& embedded, const Pass<T>& pass) const {
    if (!pass.one_context) return embedded;
    const Tile<T> all = pass.arena.template tile<T>(embedded.rows(), pass.context.cols());
    for (Index i = 0; i < all.rows(); ++i) all.row(i).setConstant(embedded(i, 0));
    return all;
  }

  C network_;
  P distribution_;
};

}  // namespace bijou

#pragma once

#include <bijou/distributions/distribution_calls.hpp>
#include <utility>

namespace bijou {

/// @f$ p(x \mid c) @f$, a view of a distribution and of a context c, made by `flow.given(context)`: all calls of
/// DistributionCalls for the events under this context, ln p in nats. What a network makes of a context that is not
/// finite is not checked: under tanh, say, the density may be finite.
///
/// P: the distribution; the view refers to it. Context: what holds the context, C x M: a named matrix, or what a block
/// or map is part of, is referred to and must outlive the view; other temporaries are kept. With M = 1 the context is
/// that of every event; otherwise a call takes M events, and event n has column n. Each call throws
/// std::invalid_argument for another number of events, before anything has changed.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                           bijou::MAF<float, 2>{bijou::NetworkOptions{{64, 64}, 3}, rng}};
/// const Eigen::Matrix3Xf contexts = Eigen::Matrix3Xf::Random(3, 500);
/// const Eigen::Matrix2Xf x = flow.given(contexts).sample(rng);                   // one event for each context
/// const Eigen::VectorXf log_p = flow.given(contexts).log_prob(x);
/// const Eigen::Matrix2Xf draws = flow.given(contexts.col(0)).sample(1000, rng);  // 1000 events for one context
/// @endcode
template <class P, class Context>
class Conditioned : public DistributionCalls<Conditioned<P, Context>, typename P::Scalar, P::static_event_size> {
  using T = typename P::Scalar;
  using Calls = DistributionCalls<Conditioned, T, P::static_event_size>;

 public:
  using Scalar = T;
  using Cache = detail::cache_t<P, T>;
  static constexpr int static_event_size = P::static_event_size;
  static constexpr auto name = P::name;

  /// p must outlive this.
  Conditioned(const P& p, Context context) : p_(p), context_(std::move(context)) { require_parts(); }

  /// The distribution without its context.
  const P& distribution() const { return p_; }
  Index event_size() const { return p_.event_size(); }
  Index noise_size() const { return detail::noise_size(p_); }
  bool maps_in_order() const { return bijou::maps_in_order(p_); }
  Index parameter_count() const { return p_.parameter_count(); }
  /// Those of the flow.
  auto parameters() const { return p_.parameters(); }
  /// Parameters are those of the flow and set there.
  void set_parameters(const auto&) = delete;

  using Calls::sample;
  using Calls::sample_with_log_prob;

  /// One draw for each column of the context.
  template <class Rng>
  auto sample(Rng&& rng, WorkspaceArgument workspace = {}) const {
    return Calls::sample(context_.cols(), rng, *workspace);
  }
  /// n draws and their ln p: n is 1, or the columns of the context.
  template <class Rng>
  auto sample_with_log_prob(Rng&& rng, WorkspaceArgument workspace = {}) const {
    return Calls::sample_with_log_prob(context_.cols(), rng, *workspace);
  }

  using Calls::nll_gradient;

  /// The same, and the gradient for the context, which is written to a matrix of its shape.
  template <class X, class Gradient, detail::WritableExpression ContextGradient>
  T nll_gradient(const Eigen::DenseBase<X>& x, Gradient&& gradient, ContextGradient&& context_gradient,
                 WorkspaceArgument workspace = {}) const {
    static_assert(std::is_same_v<typename std::remove_cvref_t<ContextGradient>::Scalar, T>,
                  "nll_gradient: the gradient for the context has another scalar type than the flow");
    this->require_gradient(x, gradient);
    if (context_gradient.rows() != context_.rows() || context_gradient.cols() != context_.cols()) {
      detail::throw_invalid_argument(name, "expected a gradient for the context of ", context_.rows(), " x ",
                                     context_.cols(), ", got ", context_gradient.rows(), " x ",
                                     context_gradient.cols());
    }
    const auto& events = detail::in_memory(x);
    const auto run = [&](const typename Calls::WriteTile& write) {
      return this->write_nll_gradient(x.cols(), Calls::loader(events),
                                      ParameterGradient<T>(gradient.data(), gradient.size()), *workspace, &write);
    };
    if (!has_one_context() || x.cols() == 1) {
      return run(
          [&](const detail::TileOfBatch& at, Tile<T> tile) { detail::store_events<T>(tile, context_gradient, at); });
    }
    // The sum over events, group by group in double, so that it does not depend on the number of threads.
    const Index rows = context_.rows();
    const Index groups = detail::summing_groups_of(x.cols());
    Arena& arena = detail::WorkspaceAccess::arena(*workspace, 0);
    const Arena::Frame frame(arena);
    ParameterGradient<double> sums = arena.template zeros<double>(groups * rows);
    const T nll = run([&](const detail::TileOfBatch& at, Tile<T> tile) {
      for (Index i = 0; i < rows; ++i) sums(at.group * rows + i) += tile.row(i).template cast<double>().sum();
    });
    for (Index i = 0; i < rows; ++i) {
      double sum = 0;
      for (Index group = 0; group < groups; ++group) sum += sums(group * rows + i);
      context_gradient(i, 0) = static_cast<T>(sum);
    }
    return nll;
  }

  // What DistributionCalls asks of a density, and of one with a context.
  using Calls::log_prob;
  void log_prob(DensityEvaluation<T, Cache> e) const { p_.log_prob(e); }
  void log_prob_pullback(DensityPullback<T, Cache> p) const { p_.log_prob_pullback(p); }
  void draw(auto events, auto& rng) const { p_.draw(events, rng); }
  void scale_noise(auto noise, Scalar temperature) const { detail::scale_noise(p_, noise, temperature); }
  void map_noise(NoiseEvaluation<T, Cache> n) const
  requires detail::MapsNoise<P>
  {
    p_.map_noise(n);
  }

  void require_parts() const {
    if constexpr (requires { p_.require_parts(); }) p_.require_parts();
    const Index expected = bijou::context_size(p_);
    if (expected == 0) detail::throw_invalid_argument(name, "takes no context, but one is given");
    if (context_.rows() != expected) {
      detail::throw_invalid_argument(name, "expected a context of ", expected, " rows, got ", context_.rows());
    }
  }
  void require_events_of_context(Index events) const {
    if (context_.cols() == 1 || context_.cols() == events) return;
    detail::throw_invalid_argument(name, "expected a context of 1 column or of ", events, ", one for each event, got ",
                                   context_.cols());
  }
  /// Draws are written before the context of later ones is read.
  template <class X>
  void require_apart_from_context(const X& x) const {
    detail::require_apart(name, x, context_);
  }
  bool has_one_context() const { return context_.cols() == 1; }

  /// The context of the events of a tile.
  ConstTile<T> context_of(const detail::TileOfBatch& at) const {
    if (context_.cols() != 1) return detail::load_events<T>(context_, at);
    return detail::repeat_column<T>(context_, at.count, at.arena);
  }

 private:
  const P& p_;
  Context context_;
};

}  // namespace bijou

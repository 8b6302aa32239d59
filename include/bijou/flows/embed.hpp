#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/flows/embedded_context.hpp>
#include <utility>

namespace bijou {

/// A conditional distribution q or bijector f whose context comes from a network e of the context c, all of it one
/// object with one list of parameters, trained by one fit.
///
/// @f[ p(x \mid c) = q\bigl(x \mid e(c)\bigr) \quad \text{or} \quad x = f\bigl(z; e(c)\bigr) @f]
///
/// C: the network, a Conditioner such as Mlp or StandardizeContext, from C rows to the rows of the part's context; it
/// reads no context of its own. Part: a flow, say, or another Embed. A context of one column goes through the network
/// once. Throws std::invalid_argument if the sizes do not fit.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{},
///                                     bijou::MAF<float, 2>{bijou::NetworkOptions{{64, 64}, 4}, rng}};
/// const bijou::Embed embedded{bijou::Mlp<float>{100, 4, {64}, rng}, flow};  // 100 numbers become 4
/// const Eigen::VectorXf observation = Eigen::VectorXf::Random(100);
/// const Eigen::Matrix2Xf x = embedded.given(observation).sample(1000, rng);
/// @endcode
template <Conditioner C, class Part>
class Embed;

namespace detail {

/// The two parts of an Embed.
template <Conditioner C, class Part>
class EmbedParts {
 public:
  using Scalar = typename C::Scalar;
  static constexpr const char* name = "Embed";
  static constexpr int static_event_size = Part::static_event_size;
  static_assert(takes_scalar<Part, Scalar>, "Embed: network and part have different scalar types");

  EmbedParts(C network, Part part) : network_(std::move(network)), part_(std::move(part)) { require_parts(); }

  Index event_size() const { return bijou::event_size(part_); }
  Index context_size() const { return network_.input_size(); }
  const C& network() const { return network_; }
  /// The distribution or bijector that reads the embedded context.
  const Part& part() const { return part_; }

  static constexpr auto members() {
    return Members{bijou::part("network", &EmbedParts::network_), bijou::part("part", &EmbedParts::part_)};
  }

  void require_parts() const {
    if constexpr (requires { part_.require_parts(); }) part_.require_parts();
    require_size(name, "a network with a context", 0, network_.context_size());
    require_size(name, "a network with output", bijou::context_size(part_), network_.output_size());
  }

  bool is_initialized() const { return bijou::is_initialized(network_) && bijou::is_initialized(part_); }
  bool learns_each_epoch() const { return bijou::learns_each_epoch(network_) || bijou::learns_each_epoch(part_); }
  template <class T>
  void initialize(const LearningBatch<T>& batch) {
    initialize_embedded(network_, part_, batch);
  }

  /// What the network keeps, and the part.
  struct Cache {
    EmbeddedContext<C> context;
    cache_t<Part, Scalar> inside;
  };

 protected:
  /// pull_back_part(the part's gradient, its pass): the pullback of the part.
  template <class AnyPullback, class PullBackPart>
  void pull_back(const AnyPullback& p, PullBackPart pull_back_part) const {
    const Arena::Frame frame(p.pass.arena);
    const auto of_parts = gradients(*this, p);
    p.cache.context.pull_back(network_, of_parts.template get<0>(), p.pass,
                              [&](Pass<Scalar>& inner) { pull_back_part(of_parts.template get<1>(), inner); });
  }

  C network_;
  Part part_;
};

}  // namespace detail

/// A distribution under an embedded context.
///
/// @f[ p(x \mid c) = q\bigl(x \mid e(c)\bigr) @f]
template <Conditioner C, class P>
requires detail::HasLogProb<P>
class Embed<C, P> : public DistributionCalls<Embed<C, P>, typename C::Scalar, P::static_event_size>,
                    public detail::EmbedParts<C, P> {
  using T = typename C::Scalar;
  using Inside = detail::cache_t<P, T>;

 public:
  static_assert((detail::require_distribution<P>(), true));
  using Scalar = T;
  using typename detail::EmbedParts<C, P>::Cache;
  static constexpr const char* formula = "p(x | network(context))";

  using detail::EmbedParts<C, P>::EmbedParts;

  using DistributionCalls<Embed, T, P::static_event_size>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    Pass<T> inner = e.cache.context.evaluate(this->network_, e.pass);
    this->part_.log_prob(DensityEvaluation<T, Inside>{e.input, e.log_prob, e.cache.inside, inner});
  }

  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    this->pull_back(p, [&](const ParameterGradient<T>& gradient, Pass<T>& inner) {
      this->part_.log_prob_pullback(
          DensityPullback<T, Inside>{p.input, p.log_prob_gradient, p.input_gradient, gradient, p.cache.inside, inner});
    });
  }

  Index noise_size() const { return detail::noise_size(this->part_); }
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    this->part_.draw(events, rng);
  }
  void scale_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, T temperature) const {
    detail::scale_noise(this->part_, noise, temperature);
  }

  void map_noise(NoiseEvaluation<T, Cache> n) const
  requires detail::MapsNoise<P>
  {
    Pass<T> inner = n.cache.context.evaluate(this->network_, n.pass);
    this->part_.map_noise(NoiseEvaluation<T, Inside>{n.noise, n.output, n.log_prob, n.cache.inside, inner});
  }
};

/// A bijector under an embedded context.
///
/// @f[ x = f\bigl(z; e(c)\bigr) @f]
template <Conditioner C, Bijector B>
class Embed<C, B> : public BijectorCalls<Embed<C, B>>, public detail::EmbedParts<C, B> {
  using T = typename C::Scalar;
  using Inside = detail::cache_t<B, T>;

 public:
  using Scalar = T;
  using typename detail::EmbedParts<C, B>::Cache;
  static constexpr const char* formula = "x = f(z; network(context))";

  using detail::EmbedParts<C, B>::EmbedParts;

  bool maps_in_order() const { return bijou::maps_in_order(this->part_); }

  using BijectorCalls<Embed>::forward;
  using BijectorCalls<Embed>::inverse;

  void forward(Evaluation<T, Cache> e) const {
    Pass<T> inner = e.cache.context.evaluate(this->network_, e.pass);
    this->part_.forward(Evaluation<T, Inside>{e.input, e.output, e.log_det, e.cache.inside, inner});
  }
  void inverse(Evaluation<T, Cache> e) const {
    Pass<T> inner = e.cache.context.evaluate(this->network_, e.pass);
    this->part_.inverse(Evaluation<T, Inside>{e.input, e.output, e.log_det, e.cache.inside, inner});
  }
  void forward_pullback(Pullback<T, Cache> p) const {
    this->pull_back(p, [&](const ParameterGradient<T>& gradient, Pass<T>& inner) {
      this->part_.forward_pullback(inside(p, gradient, inner));
    });
  }
  void inverse_pullback(Pullback<T, Cache> p) const {
    this->pull_back(p, [&](const ParameterGradient<T>& gradient, Pass<T>& inner) {
      this->part_.inverse_pullback(inside(p, gradient, inner));
    });
  }

 private:
  static Pullback<T, Inside> inside(const Pullback<T, Cache>& p, const ParameterGradient<T>& gradient, Pass<T>& inner) {
    return {p.input,          p.output, p.output_gradient, p.log_det_gradient,
            p.input_gradient, gradient, p.cache.inside,    inner};
  }
};

template <class C, class Part>
Embed(C, Part) -> Embed<C, Part>;

}  // namespace bijou

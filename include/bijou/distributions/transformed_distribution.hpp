#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <algorithm>
#include <type_traits>
#include <utility>

namespace bijou {

/// A flow: x = f(z) with z from the base density, ln p(x) = ln p_base(f^-1(x)) + log|det df^-1/dx|.
///
/// @f[
///   \ln p(x) = \ln p_{\text{base}}(z) + \ln\left|\det\frac{\partial z}{\partial x}\right|, \qquad z = f^{-1}(x)
/// @f]
///
/// Base: a Distribution, which may be a flow itself. B: a Bijector of the same scalar and event size; anything else
/// fails to compile, or throws std::invalid_argument for sizes known at run time. The calls are those of
/// DistributionCalls. `base` and `bijector` may be replaced by others of their types; each call checks that their sizes
/// fit.
///
/// Named: nothing, or a class derived from this that has a name of its own (flows::MAF).
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32>{rng}};
/// const Eigen::Matrix2Xf batch = flow.sample(100, rng);
/// Eigen::VectorXf gradient(flow.parameter_count());
/// const float nll = flow.nll_gradient(batch, gradient);
/// flow.set_parameters(flow.parameters() - 1e-3f * gradient);
/// @endcode
template <class Base, class B, class Named = void>
class TransformedDistribution
    : public DistributionCalls<
          std::conditional_t<std::is_void_v<Named>, TransformedDistribution<Base, B, Named>, Named>,
          typename Base::Scalar, detail::common_static_size<Base, B>()> {
  using T = typename Base::Scalar;
  using Self = std::conditional_t<std::is_void_v<Named>, TransformedDistribution, Named>;

 public:
  static_assert(!(Bijector<Base> && Distribution<B>),
                "TransformedDistribution: base and bijector stand in each other's place: {base, bijector}");
  static_assert((detail::require_distribution<Base>(), true));
  static_assert((detail::require_bijector<B>(), true));
  using Scalar = T;
  static_assert(detail::takes_scalar<B, T>,
                "TransformedDistribution: base and bijector have different scalar types, float and double");
  static_assert(detail::static_sizes_agree<Base, B>(),
                "TransformedDistribution: base and bijector have different event sizes");
  static constexpr int static_event_size = detail::common_static_size<Base, B>();
  static constexpr const char* name = "TransformedDistribution";
  static constexpr const char* formula = "x = f(z), z ~ base";

  /// The density of the noise z.
  Base base;
  /// The map from noise z to data x.
  B bijector;

  TransformedDistribution(Base base_in, B bijector_in) : base(std::move(base_in)), bijector(std::move(bijector_in)) {
    require_parts();
  }

  static constexpr auto members() {
    return Members{part("base", &TransformedDistribution::base), part("bijector", &TransformedDistribution::bijector)};
  }

  Index event_size() const { return detail::size_of_parts({base.event_size(), bijou::event_size(bijector)}); }
  Index noise_size() const { return detail::noise_size(base); }
  Index context_size() const { return (std::max)(bijou::context_size(base), bijou::context_size(bijector)); }

  /// Whether x_0, ..., x_{k-1} depend on the first k coordinates of the noise only, and these on no others: then
  /// log_prob and map_noise of the first k rows are those of their marginal.
  bool maps_in_order() const { return bijou::coordinates_are_independent(base) && bijou::maps_in_order(bijector); }

  /// Throws std::invalid_argument unless the sizes of base and bijector fit, which can have changed since they are
  /// public.
  void require_parts() const {
    if constexpr (requires { base.require_parts(); }) base.require_parts();
    constexpr bool is_static = Base::static_event_size != Eigen::Dynamic && B::static_event_size != Eigen::Dynamic;
    if constexpr (!is_static) {
      detail::require_common_size(name, {static_event_size, bijou::event_size(base), bijou::event_size(bijector)});
    }
    detail::require_common_context(name, {bijou::context_size(base), bijou::context_size(bijector)});
  }

  bool is_initialized() const { return bijou::is_initialized(base) && bijou::is_initialized(bijector); }
  bool learns_each_epoch() const { return bijou::learns_each_epoch(base) || bijou::learns_each_epoch(bijector); }
  static constexpr bool may_learn = detail::may_learn<Base, T>() || detail::may_learn<B, T>();
  void initialize(const detail::LearningBatch<T>& batch) {
    detail::initialize_part(bijector, batch);
    if constexpr (detail::may_learn<Base, T>()) {
      if (!detail::learns_from(base, batch)) return;
      const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> z = detail::inverse_of(bijector, batch);
      detail::initialize_part(
          base, detail::LearningBatch<T>{detail::columns_of(z), batch.contexts, batch.is_epoch, batch.ranks});
    }
  }

  /// z, and what base and bijector keep.
  struct Cache {
    Tile<T> z;
    detail::cache_t<Base, T> base;
    detail::cache_t<B, T> bijector;
  };

  using DistributionCalls<Self, T, static_event_size>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const {
    e.cache.z.rebind(e.pass.arena.template tile<T>(e.input.rows(), e.input.cols()));
    bijector.inverse(Evaluation<T, detail::cache_t<B, T>>{e.input, e.cache.z, e.log_prob, e.cache.bijector, e.pass});
    base.log_prob(DensityEvaluation<T, detail::cache_t<Base, T>>{e.cache.z, e.log_prob, e.cache.base, e.pass});
  }

  void log_prob_pullback(DensityPullback<T, Cache> p) const {
    const Arena::Frame frame(p.pass.arena);
    const Tile<T> z_gradient = p.pass.arena.template tile<T>(p.input.rows(), p.input.cols());
    auto [base_gradient, bijector_gradient] = gradients(*this, p);
    base.log_prob_pullback(DensityPullback<T, detail::cache_t<Base, T>>{p.cache.z, p.log_prob_gradient, z_gradient,
                                                                        base_gradient, p.cache.base, p.pass});
    bijector.inverse_pullback(Pullback<T, detail::cache_t<B, T>>{p.input, p.cache.z, z_gradient, p.log_prob_gradient,
                                                                 p.input_gradient, bijector_gradient, p.cache.bijector,
                                                                 p.pass});
  }

  /// Fills `events` with noise, draws of the base; map_noise makes events of it.
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    base.draw(events, rng);
  }
  void scale_noise(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> noise, T temperature) const {
    detail::scale_noise(base, noise, temperature);
  }

  void map_noise(NoiseEvaluation<T, Cache> n) const {
    Arena& arena = n.pass.arena;
    ConstTile<T> z = n.noise;
    if constexpr (detail::MapsNoise<Base>) {
      const Tile<T> mapped = arena.template tile<T>(n.output.rows(), n.output.cols());
      base.map_noise(NoiseEvaluation<T, detail::cache_t<Base, T>>{n.noise, mapped, n.log_prob, n.cache.base, n.pass});
      z.rebind(mapped);
    } else {
      base.log_prob(DensityEvaluation<T, detail::cache_t<Base, T>>{n.noise, n.log_prob, n.cache.base, n.pass});
    }
    const Sums log_det = arena.sums(n.noise.cols());
    bijector.forward(Evaluation<T, detail::cache_t<B, T>>{z, n.output, log_det, n.cache.bijector, n.pass});
    n.log_prob -= log_det;
  }
};

template <class Base, class B>
TransformedDistribution(Base, B) -> TransformedDistribution<Base, detail::without_hidden_sizes_t<B>>;

}  // namespace bijou

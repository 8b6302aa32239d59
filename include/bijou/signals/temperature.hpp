#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/distributions/context.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>

namespace bijou {

/// Draws with z as the flow draws it: with a standard normal base at temperature t (Kingma & Dhariwal 2018, section 6),
/// n events, one per column. At 1 these are the flow's own draws with the same generator; below 1 they keep to what is
/// likely. Of a flow that is not volume-preserving they are not draws of p^(1/t^2). With a mixture as the base, the
/// deviations of its components are multiplied by t, and they are chosen as at 1.
///
/// @f[ x = f(t z), \qquad z \sim p_{\text{base}} @f]
///
/// flow: what maps noise, such as flows::Glow, an AnyFlow with a flow inside, or flow.given(context) with a context of
/// one column or n. Throws std::invalid_argument unless t is finite and at least 0.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2>{{32}, rng}};
/// const Eigen::MatrixXf x = bijou::sample_at_temperature(flow, 100, 0.7, rng);
/// @endcode
template <class P, UniformRandomBitGenerator Rng>
Eigen::Matrix<typename P::Scalar, Eigen::Dynamic, Eigen::Dynamic> sample_at_temperature(const P& flow, Index n,
                                                                                        double temperature, Rng& rng) {
  static_assert(detail::MapsNoise<P>, "sample_at_temperature: needs a flow, whose draws are mapped noise");
  using T = typename P::Scalar;
  if (!(temperature >= 0) || !detail::finite(temperature)) {
    detail::throw_invalid_argument("sample_at_temperature", "expected a finite temperature of at least 0, got ",
                                   temperature);
  }
  if constexpr (detail::HoldsContext<P>) {
    flow.require_events_of_context(n);
  } else if (const Index rows = bijou::context_size(flow); rows > 0) {
    detail::throw_invalid_argument(P::name, "expected a context of ", rows, " rows, got none: call given(context)");
  }
  if constexpr (requires { flow.require_parts(); }) flow.require_parts();
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  Matrix noise(detail::noise_size(flow), n);
  flow.draw(Eigen::Ref<Matrix>(noise), rng);
  detail::scale_noise(flow, Eigen::Ref<Matrix>(noise), static_cast<T>(temperature));
  Matrix x(flow.event_size(), n);
  Arena arena;
  detail::for_each_tile(n, arena, [&](const detail::TileOfBatch& at) {
    const Tile<T> z = detail::load_events<T>(noise, at);
    const Tile<T> out = arena.tile<T>(x.rows(), at.count);
    using Cache = detail::cache_t<P, T>;
    Cache cache{};
    Pass<T> pass = detail::pass_for(flow, at, false);
    flow.map_noise(NoiseEvaluation<T, Cache>{z, out, arena.sums(at.count), cache, pass});
    detail::store_events<T>(out, x, at);
  });
  return x;
}

}  // namespace bijou

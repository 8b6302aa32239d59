#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/core/arena.hpp>
#include <bijou/core/sizes.hpp>
#include <bijou/inference/energy.hpp>
#include <utility>

namespace bijou {

/// An energy seen from the other side of a bijector, ln p(z) = ln p_x(f(z)) + log|det df/dz|: chains that walk in the
/// latent space of a flow (Hoffman et al. 2019, NeuTra), without bounds (Box), or in coordinates of one scale (Affine).
/// Draws z become events by f.forward(z).
///
/// @f[ \ln p(z) = \ln p_x(f(z)) + \ln\left|\det\frac{\partial f}{\partial z}\right| @f]
///
/// E: an energy. B: a bijector of its scalar and event size. Throws std::invalid_argument for different sizes.
///
/// @code{.cpp}
/// const bijou::Uniform<double, 2> inside{{0.0, 0.0}, {1.0, 1.0}};
/// const bijou::LatentEnergy unbounded{inside, bijou::Box<double, 2>{{0.0, 0.0}, {1.0, 1.0}}};
/// const double log_p = bijou::log_prob(unbounded, Eigen::Vector2d(0.0, 0.0));  // of two logistic numbers: -ln 16
/// @endcode
template <EnergyOfValues E, class B>
class LatentEnergy {
 public:
  static_assert(!Distribution<B>, "LatentEnergy: pass the bijector of the flow, flow.bijector, not the flow");
  static_assert((detail::require_bijector<B>(), true));
  using Scalar = typename E::Scalar;
  static_assert(detail::takes_scalar<B, Scalar>,
                "LatentEnergy: energy and bijector have different scalar types, float and double");
  static_assert(detail::static_sizes_agree<E, B>(), "LatentEnergy: energy and bijector have different event sizes");
  static constexpr int static_event_size = detail::common_static_size<E, B>();
  static constexpr const char* name = "LatentEnergy";

  /// The energy over data x.
  E energy;
  /// The map from noise z to data x.
  B bijector;

  LatentEnergy(E energy_in, B bijector_in) : energy(std::move(energy_in)), bijector(std::move(bijector_in)) {
    detail::require_common_size(name, {bijou::event_size(energy), bijou::event_size(bijector)});
  }

  Index event_size() const { return energy.event_size(); }

  struct Cache {
    Tile<Scalar> x;
    detail::cache_t<E, Scalar> energy;
    detail::cache_t<B, Scalar> bijector;
  };

  void log_prob(DensityEvaluation<Scalar, Cache> e) const {
    e.cache.x.rebind(e.pass.arena.template tile<Scalar>(e.input.rows(), e.input.cols()));
    bijector.forward(
        Evaluation<Scalar, detail::cache_t<B, Scalar>>{e.input, e.cache.x, e.log_prob, e.cache.bijector, e.pass});
    energy.log_prob(
        DensityEvaluation<Scalar, detail::cache_t<E, Scalar>>{e.cache.x, e.log_prob, e.cache.energy, e.pass});
  }

  void log_prob_pullback(DensityPullback<Scalar, Cache> p) const
  requires Energy<E>
  {
    const Arena::Frame frame(p.pass.arena);
    const Tile<Scalar> x_gradient = p.pass.arena.template tile<Scalar>(p.input.rows(), p.input.cols());
    const ParameterGradient<Scalar> none(nullptr, 0);
    energy.log_prob_pullback(DensityPullback<Scalar, detail::cache_t<E, Scalar>>{
        p.cache.x, p.log_prob_gradient, x_gradient, none, p.cache.energy, p.pass});
    bijector.forward_pullback(Pullback<Scalar, detail::cache_t<B, Scalar>>{
        p.input, p.cache.x, x_gradient, p.log_prob_gradient, p.input_gradient, none, p.cache.bijector, p.pass});
  }
};

template <class E, class B>
LatentEnergy(E, B) -> LatentEnergy<E, B>;

}  // namespace bijou

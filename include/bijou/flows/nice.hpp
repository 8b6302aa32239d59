#pragma once

#include <bijou/bijectors/coupling.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/distributions/diagonal_normal.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/stack.hpp>
#include <bijou/transformers/additive.hpp>

namespace bijou::flows {

/// Additive couplings, whose volume does not change, and a trainable scale at the end (Dinh et al. 2014, NICE): the
/// base is a normal with a mean and a deviation of its own for each coordinate. Each layer, m the half of the
/// coordinates that it passes on, and the base:
///
/// @f[
///   z_i = x_i \ (i < m), \qquad z_i = x_i + t_i \ (i \ge m), \quad t = \text{MLP}(x_0, \ldots, x_{m-1}; c), \qquad
///   p(z) = \prod_i N(z_i; \mu_i, \sigma_i^2)
/// @f]
///
/// T: float or double. D: coordinates, or at run time in the options, which FlowOptions describes. All calls are those
/// of TransformedDistribution. Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::NICE<float> flow{{.event_size = 6, .layers = 3, .hidden = {64, 64}}, rng};
/// const Eigen::MatrixXf x = flow.sample(100, rng);
/// @endcode
template <class T, int D>
class NICE : public bijou::detail::StackedFlow<Coupling<D, AdditiveTransformer<T>, Mlp<T>>, D, NICE<T, D>,
                                               DiagonalNormal<T, D>> {
  using Layer = Coupling<D, AdditiveTransformer<T>, Mlp<T>>;

 public:
  static constexpr const char* name = "flows::NICE";

  template <UniformRandomBitGenerator Rng>
  NICE(const FlowOptions& options, Rng& rng)
      : bijou::detail::StackedFlow<Layer, D, NICE, DiagonalNormal<T, D>>(
            options, rng, [&](Index size, const NetworkOptions& network) {
              return bijou::detail::of_size<Layer>(size, bijou::detail::passed_half(name, size), network, rng);
            }) {}
};

}  // namespace bijou::flows

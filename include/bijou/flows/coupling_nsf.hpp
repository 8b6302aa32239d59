#pragma once

#include <bijou/bijectors/coupling.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/stack.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>

namespace bijou::flows {

/// A neural spline flow (Durkan et al. 2019) of couplings: half of the coordinates go through monotone
/// rational-quadratic splines f whose bins follow from the other half, of m coordinates. Densities and draws in one
/// pass of each network. Each layer:
///
/// @f[
///   z_i = x_i \ (i < m), \qquad z_i = f(x_i; \theta_i) \ (i \ge m), \quad \theta = \text{MLP}(x_0, \ldots, x_{m-1}; c)
/// @f]
///
/// T: float or double. D: coordinates, or at run time in the options, which FlowOptions describes. All calls are those
/// of TransformedDistribution. Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::CouplingNSF<float> flow{{.event_size = 6, .layers = 3, .hidden = {64, 64}}, rng};
/// const Eigen::MatrixXf x = flow.sample(100, rng);
/// @endcode
template <class T, int D>
class CouplingNSF : public bijou::detail::StackedFlow<Coupling<D, RationalQuadraticSpline<T, Eigen::Dynamic>, Mlp<T>>,
                                                      D, CouplingNSF<T, D>> {
  using Layer = Coupling<D, RationalQuadraticSpline<T, Eigen::Dynamic>, Mlp<T>>;

 public:
  static constexpr const char* name = "flows::CouplingNSF";

  template <UniformRandomBitGenerator Rng>
  CouplingNSF(const FlowOptions& options, Rng& rng)
      : bijou::detail::StackedFlow<Layer, D, CouplingNSF>(options, rng, [&](Index size, const NetworkOptions& network) {
          const auto spline = bijou::detail::spline_of<RationalQuadraticSpline<T, Eigen::Dynamic>>(name, options);
          return bijou::detail::of_size<Layer>(size, spline, bijou::detail::passed_half(name, size), network, rng);
        }) {}
};

}  // namespace bijou::flows

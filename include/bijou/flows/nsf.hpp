#pragma once

#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/stack.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>

namespace bijou::flows {

/// A neural spline flow (Durkan et al. 2019) of autoregressive layers, zuko's NSF: each coordinate goes through a
/// monotone rational-quadratic spline f whose bins follow from those before it. Densities in one pass of each network.
/// Each layer:
///
/// @f[ z_i = f(x_i; \theta_i), \qquad \theta_i = \text{MADE}(x_0, \ldots, x_{i-1}; c) @f]
///
/// T: float or double. D: coordinates, or at run time in the options, which FlowOptions describes. All calls are those
/// of TransformedDistribution. Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::NSF<float> flow{{.event_size = 6, .layers = 3, .hidden = {64, 64}}, rng};
/// const Eigen::MatrixXf x = flow.sample(100, rng);
/// @endcode
template <class T, int D>
class NSF : public bijou::detail::StackedFlow<Autoregressive<D, RationalQuadraticSpline<T, Eigen::Dynamic>, Made<T>>, D,
                                              NSF<T, D>> {
  using Layer = Autoregressive<D, RationalQuadraticSpline<T, Eigen::Dynamic>, Made<T>>;

 public:
  static constexpr const char* name = "flows::NSF";

  template <UniformRandomBitGenerator Rng>
  NSF(const FlowOptions& options, Rng& rng)
      : bijou::detail::StackedFlow<Layer, D, NSF>(options, rng, [&](Index size, const NetworkOptions& network) {
          const auto spline = bijou::detail::spline_of<RationalQuadraticSpline<T, Eigen::Dynamic>>(name, options);
          return bijou::detail::of_size<Layer>(size, spline, network, rng);
        }) {}
};

}  // namespace bijou::flows

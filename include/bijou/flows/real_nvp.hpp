#pragma once

#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/stack.hpp>

namespace bijou::flows {

/// A flow of affine couplings (Dinh et al. 2017): densities and draws in one pass of each network. Each layer, m the
/// half of the coordinates that it passes on:
///
/// @f[
///   z_i = x_i \ (i < m), \qquad z_i = s(a_i)\, x_i + t_i \ (i \ge m), \quad (t, a) = \text{MLP}(x_0, \ldots, x_{m-1};
///   c)
/// @f]
///
/// T: float or double. D: coordinates, or at run time in the options, which FlowOptions describes. All calls are those
/// of TransformedDistribution. Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::flows::RealNVP<float> flow{{.event_size = 21, .context_size = 3, .layers = 5, .hidden = {64, 64}}, rng};
/// const Eigen::Vector3f context(0.5f, -1.0f, 2.0f);
/// const Eigen::MatrixXf x = flow.given(context).sample(100, rng);
/// @endcode
template <class T, int D>
class RealNVP : public bijou::detail::StackedFlow<bijou::RealNVP<T, D>, D, RealNVP<T, D>> {
  using Layer = bijou::RealNVP<T, D>;

 public:
  static constexpr const char* name = "flows::RealNVP";

  template <UniformRandomBitGenerator Rng>
  RealNVP(const FlowOptions& options, Rng& rng)
      : bijou::detail::StackedFlow<Layer, D, RealNVP>(options, rng, [&](Index size, const NetworkOptions& network) {
          return bijou::detail::of_size<Layer>(size, bijou::detail::passed_half(name, size), network, rng);
        }) {}
};

}  // namespace bijou::flows

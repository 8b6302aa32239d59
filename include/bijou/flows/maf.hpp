#pragma once

#include <bijou/bijectors/maf.hpp>
#include <bijou/flows/forward.hpp>
#include <bijou/flows/stack.hpp>

namespace bijou::flows {

/// A masked autoregressive flow (Papamakarios et al. 2017): densities in one pass of each network,
/// draws one coordinate after the other. Each layer:
///
/// @f[ z_i = s(a_i)\, x_i + t_i, \qquad (t_i, a_i) = \text{MADE}(x_0, \ldots, x_{i-1}; c) @f]
///
/// T: float or double. D: coordinates, or at run time in the options, which FlowOptions describes. All calls are those
/// of TransformedDistribution. Throws std::invalid_argument for options out of range.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::flows::MAF<float> flow{{.event_size = 21, .context_size = 3, .layers = 5, .hidden = {64, 64}}, rng};
/// const Eigen::Vector3f context(0.5f, -1.0f, 2.0f);
/// const Eigen::MatrixXf x = flow.given(context).sample(100, rng);
/// @endcode
template <class T, int D>
class MAF : public bijou::detail::StackedFlow<bijou::MAF<T, D>, D, MAF<T, D>> {
  using Layer = bijou::MAF<T, D>;

 public:
  static constexpr const char* name = "flows::MAF";

  template <UniformRandomBitGenerator Rng>
  MAF(const FlowOptions& options, Rng& rng)
      : bijou::detail::StackedFlow<Layer, D, MAF>(options, rng, [&](Index size, const NetworkOptions& network) {
          return bijou::detail::of_size<Layer>(size, network, rng);
        }) {}
};

}  // namespace bijou::flows

#pragma once

#include <bijou/bijectors/autoregressive.hpp>
#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/bijectors/invert.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/transformers/affine.hpp>

namespace bijou {

/// Masked autoregressive flow (Papamakarios et al. 2017): z_i = s(a_i) x_i + t_i, (t_i, a_i) from a MADE of
/// x_0, ..., x_{i-1}; log|det dx/dz| = -sum_i ln s(a_i). Densities cost one pass of the network.
///
/// @f[
///   z_i = s(a_i)\, x_i + t_i, \quad (t_i, a_i) = \text{MADE}(x_0, \ldots, x_{i-1}), \qquad
///   \ln\left|\det\frac{\partial x}{\partial z}\right| = -\sum_i \ln s(a_i)
/// @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Hidden: sizes of the hidden layers (relu). The scale
/// is scale_maps::BoundedExp; for other scales, activations or a context put Autoregressive together yourself.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::MAF<float, 2, 128, 128> maf{rng};
/// const bijou::MAF<float, 2> sizes_at_run_time{{128, 128}, rng};
/// const bijou::MAF<float, Eigen::Dynamic, 128, 128> dynamic{2, rng};
/// const bijou::MAF<float, Eigen::Dynamic> all_dynamic{2, {128, 128}, rng};
/// @endcode
template <class T, int D, int... Hidden>
using MAF = detail::with_hidden_sizes_t<Autoregressive<D, AffineTransformer<T>, Made<T>>, Hidden...>;

/// Inverse autoregressive flow (Kingma et al. 2016): a MAF run backwards, which samples in one pass.
///
/// @f[
///   x_i = s(a_i)\, z_i + t_i, \quad (t_i, a_i) = \text{MADE}(z_0, \ldots, z_{i-1}), \qquad
///   \ln\left|\det\frac{\partial x}{\partial z}\right| = \sum_i \ln s(a_i)
/// @f]
template <class T, int D, int... Hidden>
using IAF = Invert<MAF<T, D, Hidden...>>;

}  // namespace bijou

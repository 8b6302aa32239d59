#pragma once

#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/hidden_sizes.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/transformers/affine.hpp>

namespace bijou {

/// RealNVP (Dinh et al. 2017): x_i = z_i for i < m, z_i = s(a_i) x_i + t_i for i >= m, (t, a) from an MLP of
/// x_0, ..., x_{m-1}; log|det dx/dz| = -sum_{i >= m} ln s(a_i). One pass in either direction.
///
/// @f[
///   x_i = z_i \ (i < m), \qquad z_i = s(a_i)\, x_i + t_i \ (i \ge m), \quad (t, a) = \text{MLP}(x_0, \ldots,
///   x_{m-1})
/// @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. Hidden: sizes of the hidden layers (relu). The scale
/// is scale_maps::BoundedExp; for other scales, activations or a context put Coupling together yourself.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::RealNVP<float, 4, 64, 64> f{2, rng};  // the first 2 coordinates pass unchanged
/// const bijou::RealNVP<float, 4> sizes_at_run_time{2, {64, 64}, rng};
/// const bijou::RealNVP<float, Eigen::Dynamic, 64, 64> dynamic{4, 2, rng};
/// const bijou::RealNVP<float, Eigen::Dynamic> all_dynamic{4, 2, {64, 64}, rng};
/// @endcode
template <class T, int D, int... Hidden>
using RealNVP = detail::with_hidden_sizes_t<Coupling<D, AffineTransformer<T>, Mlp<T>>, Hidden...>;

}  // namespace bijou

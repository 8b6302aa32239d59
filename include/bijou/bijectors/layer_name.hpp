#pragma once

#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/transformers/affine.hpp>

namespace bijou::detail {

/// What messages call a layer of transformer S and conditioner C: MAF and RealNVP are those of the affine transformer
/// with its default scale and a relu network.
template <class S, class C>
inline constexpr const char* autoregressive_name = "Autoregressive";
template <class T>
inline constexpr const char* autoregressive_name<AffineTransformer<T>, Made<T>> = "MAF";

template <class S, class C>
inline constexpr const char* coupling_name = "Coupling";
template <class T>
inline constexpr const char* coupling_name<AffineTransformer<T>, Mlp<T>> = "RealNVP";

}  // namespace bijou::detail

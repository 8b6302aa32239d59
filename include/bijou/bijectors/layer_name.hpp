#pragma once

#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/transformers/affine.hpp>

namespace bijou::detail {

/// What messages call a layer of transformer S and conditioner C: `known` for the combination that has this name of its
/// own (MAF, RealNVP: the affine transformer with its default scale and a relu network), else `general`.
template <class S, class C>
inline constexpr bool has_known_name = false;
template <class T>
inline constexpr bool has_known_name<AffineTransformer<T>, Made<T>> = true;
template <class T>
inline constexpr bool has_known_name<AffineTransformer<T>, Mlp<T>> = true;

template <class S, class C>
constexpr const char* layer_name(const char* general, const char* known) {
  return has_known_name<S, C> ? known : general;
}

}  // namespace bijou::detail

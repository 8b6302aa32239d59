#pragma once

#include <bijou/core/concepts.hpp>

/// Calls of the four maps of any bijector, whether it keeps a cache or not.
namespace bijou::detail {

template <class B, class T>
void forward(const B& b, const ConstTile<T>& z, Tile<T> x, Row<T> log_det, cache_t<B, T>& cache, Pass<T>& pass) {
  if constexpr (CachedMaps<B, T>)
    b.forward(z, x, log_det, cache, pass);
  else
    b.forward(z, x, log_det);
}

template <class B, class T>
void inverse(const B& b, const ConstTile<T>& x, Tile<T> z, Row<T> log_det, cache_t<B, T>& cache, Pass<T>& pass) {
  if constexpr (CachedMaps<B, T>)
    b.inverse(x, z, log_det, cache, pass);
  else
    b.inverse(x, z, log_det);
}

template <class B, class T>
void forward_pullback(const B& b, const ConstTile<T>& z, const ConstTile<T>& x, const ConstTile<T>& x_gradient,
                      const ConstRow<T>& log_det_gradient, Tile<T> z_gradient, ParameterGradient<T> gradient,
                      cache_t<B, T>& cache, Pass<T>& pass) {
  if constexpr (CachedMaps<B, T>) {
    b.forward_pullback(z, x, x_gradient, log_det_gradient, z_gradient, gradient, cache, pass);
  } else {
    b.forward_pullback(z, x, x_gradient, log_det_gradient, z_gradient, gradient);
  }
}

template <class B, class T>
void inverse_pullback(const B& b, const ConstTile<T>& x, const ConstTile<T>& z, const ConstTile<T>& z_gradient,
                      const ConstRow<T>& log_det_gradient, Tile<T> x_gradient, ParameterGradient<T> gradient,
                      cache_t<B, T>& cache, Pass<T>& pass) {
  if constexpr (CachedMaps<B, T>) {
    b.inverse_pullback(x, z, z_gradient, log_det_gradient, x_gradient, gradient, cache, pass);
  } else {
    b.inverse_pullback(x, z, z_gradient, log_det_gradient, x_gradient, gradient);
  }
}

/// Forward and inverse by name, so that code for both directions is written once.
struct Forward {
  template <class... A>
  static void apply(A&&... a) {
    detail::forward(a...);
  }
  template <class... A>
  static void pullback(A&&... a) {
    detail::forward_pullback(a...);
  }
};

struct Inverse {
  template <class... A>
  static void apply(A&&... a) {
    detail::inverse(a...);
  }
  template <class... A>
  static void pullback(A&&... a) {
    detail::inverse_pullback(a...);
  }
};

}  // namespace bijou::detail

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/checks.hpp>
#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <type_traits>

namespace bijou {
namespace detail {

/// clip_by_norm for `size` numbers in a row.
template <std::floating_point T>
double clip_contiguous(T* g, Index size, double max_norm) {
  require_option("clip_by_norm", finite(max_norm) && max_norm > 0, "a finite max_norm above 0", max_norm);

  // |g| = scale * length. The squares of floats keep their size in double; doubles that are huge or tiny are first
  // brought nearer to 1, by an exact power of 2.
  double scale = 1;
  if constexpr (std::same_as<T, double>) {
    const double largest = Eigen::Map<const Eigen::VectorXd>(g, size).template lpNorm<Eigen::Infinity>();
    if (largest > 0x1p400) scale = 0x1p600;
    if (largest < 0x1p-400) scale = 0x1p-600;
  }
  constexpr Index lanes = 8;  // sums side by side: additions need not wait for each other
  double sums[lanes] = {};
  const auto add = [&](Index first, Index count) {
    for (Index k = 0; k < count; ++k) {
      const double x = static_cast<double>(g[first + k]) * (1 / scale);
      sums[k] += x * x;
    }
  };
  const Index whole = size - size % lanes;
  for (Index i = 0; i < whole; i += lanes) add(i, lanes);
  add(whole, size - whole);
  double square = 0;
  for (const double sum : sums) square += sum;

  const double length = std::sqrt(square);
  if (length > max_norm / scale && all_finite(g, size)) {
    const double factor = max_norm / length;
    for (Index i = 0; i < size; ++i) g[i] = static_cast<T>(static_cast<double>(g[i]) * (1 / scale) * factor);
  }
  return scale * length;
}

}  // namespace detail

/// Shortens a gradient that is longer than max_norm, Pascanu, Mikolov & Bengio, "On the difficulty of training
/// recurrent neural networks" (2013), algorithm 1. Returns |g| before, computed in double with no overflow or underflow
/// on the way: only a norm above the largest double comes back as infinity, with g clipped all the same. A g with an
/// element that is not finite has such a norm, too, and stays as it is.
///
/// @f[ g \leftarrow g\,\min\left(1, \frac{g_{\max}}{|g|}\right), \qquad g_{\max} = \text{max\_norm} @f]
///
/// Gradient: an Eigen vector, or a block of one, of float or double. Throws std::invalid_argument for a max_norm that
/// is not finite or not above 0.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
/// Eigen::VectorXf gradient(flow.parameter_count());
/// flow.nll_gradient(data, gradient);
/// const double norm = bijou::clip_by_norm(gradient, 5.0);
/// @endcode
template <class Gradient>
double clip_by_norm(Gradient&& gradient, double max_norm) {
  using T = typename std::remove_cvref_t<Gradient>::Scalar;
  Eigen::Ref<Eigen::Vector<T, Eigen::Dynamic>> g(gradient);
  return detail::clip_contiguous(g.data(), g.size(), max_norm);
}

}  // namespace bijou

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/optimizer.hpp>
#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <type_traits>

namespace bijou {

/// Shortens a gradient that is longer than max_norm: g <- g min(1, max_norm / |g|), Pascanu, Mikolov & Bengio, "On the
/// difficulty of training recurrent neural networks" (2013), algorithm 1. Returns |g| before, computed in double with
/// no overflow or underflow on the way: only a norm above the largest double comes back as infinity, with g clipped all
/// the same. A g with an element that is not finite has such a norm, too, and stays as it is.
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
  if (!detail::finite(max_norm) || max_norm <= 0) {
    detail::throw_invalid_argument("clip_by_norm",
                                   "expected a finite max_norm above 0, got " + detail::to_text(max_norm));
  }

  // |g| = scale * length. The squares of floats keep their size in double; doubles that are huge or tiny are first
  // brought nearer to 1, by an exact power of 2.
  double scale = 1;
  if constexpr (std::same_as<T, double>) {
    const double largest = g.template lpNorm<Eigen::Infinity>();
    if (largest > 0x1p400) scale = 0x1p600;
    if (largest < 0x1p-400) scale = 0x1p-600;
  }
  Eigen::Array<double, 256, 1> block;
  const auto load = [&](Index first, Index count) {
    block.head(count) = g.segment(first, count).array().template cast<double>() * (1 / scale);
  };
  double square = 0;
  detail::for_each_cache_block(g.size(), 1, [&](Index first, Index count) {
    load(first, count);
    square += block.head(count).square().sum();
  });
  const double length = std::sqrt(square);
  if (length > max_norm / scale && detail::all_finite(g.data(), g.size())) {
    detail::for_each_cache_block(g.size(), 1, [&](Index first, Index count) {
      load(first, count);
      g.segment(first, count) = (block.head(count) * (max_norm / length)).matrix().template cast<T>();
    });
  }
  return scale * length;
}

}  // namespace bijou

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <Eigen/Core>
#include <concepts>
#include <string>
#include <string_view>

/// What the toy data sets share: the checks of their arguments, and points as columns.
namespace bijou::detail {

// Stands for a generator given in braces, {seed}, from which no type is deduced; require_generator refuses it.
struct Braces {
  template <class... Arguments>
  Braces(Arguments&&...) {}
};

inline void require_count(std::string_view caller, Eigen::Index n) {
  if (n < 0) throw_invalid_argument(caller, "expected a number of points of at least 0, got " + std::to_string(n));
}

inline void require_noise(std::string_view caller, double noise, bool zero_allowed) {
  if (finite(noise) && (noise > 0 || (noise == 0 && zero_allowed))) return;
  throw_invalid_argument(caller, std::string("expected a finite noise ") +
                                     (zero_allowed ? "of at least 0" : "above 0") + ", got " + to_text(noise));
}

// The columns are n calls of `point()`, in this order.
template <std::floating_point T, class Point>
Eigen::Matrix<T, 2, Eigen::Dynamic> points(Eigen::Index n, Point point) {
  Eigen::Matrix<T, 2, Eigen::Dynamic> x(2, n);
  for (Eigen::Index i = 0; i < n; ++i) x.col(i) = Eigen::Vector2d(point()).template cast<T>();
  return x;
}

template <UniformRandomBitGenerator Rng>
Eigen::Vector2d normal_pair(Rng& rng) {
  const double first = normal(rng);
  const double second = normal(rng);
  return {first, second};
}

}  // namespace bijou::detail

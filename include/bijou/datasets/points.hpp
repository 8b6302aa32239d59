#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/random.hpp>
#include <Eigen/Core>
#include <concepts>
#include <string_view>

/// What the toy data sets share: the checks of their arguments, and points as columns.
namespace bijou::detail {

// Stands for a generator given in braces, {seed}, from which no type is deduced; require_generator refuses it.
struct Braces {
  template <class... Arguments>
  Braces(Arguments&&...) {}
};

inline void require_count(std::string_view caller, Eigen::Index n) {
  if (n < 0) throw_invalid_argument(caller, "expected a number of points of at least 0, got ", n);
}

inline void require_noise(std::string_view caller, double noise, bool zero_allowed) {
  if (finite(noise) && (noise > 0 || (noise == 0 && zero_allowed))) return;
  throw_invalid_argument(caller, "expected a finite noise ", zero_allowed ? "of at least 0" : "above 0", ", got ",
                         noise);
}

/// A point of the plane; Eigen's vectors take longer to compile.
struct Point {
  double x;
  double y;
  friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
  friend Point operator*(double factor, Point a) { return {factor * a.x, factor * a.y}; }
};

// The columns are n calls of `point()`, in this order.
template <std::floating_point T, class Draw>
Eigen::Matrix<T, 2, Eigen::Dynamic> points(Eigen::Index n, Draw point) {
  Eigen::Matrix<T, 2, Eigen::Dynamic> x(2, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Point p = point();
    x(0, i) = static_cast<T>(p.x);
    x(1, i) = static_cast<T>(p.y);
  }
  return x;
}

template <UniformRandomBitGenerator Rng>
Point normal_pair(Rng& rng) {
  const double first = normal(rng);
  const double second = normal(rng);
  return {first, second};
}

}  // namespace bijou::detail

#pragma once

#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <numbers>

#include <bijou/datasets/points.hpp>
#include <bijou/numerics/random.hpp>

// Two-dimensional toy densities. Each function returns n independent points as a 2 x n matrix, one column per point,
// drawn in double and rounded to T. Each throws std::invalid_argument for n < 0 and for a noise (the standard deviation
// of isotropic Gaussian noise) that is negative or not finite. Geometry from the toy data of FFJORD (Grathwohl et al.,
// "FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models", 2019), where not said otherwise.

namespace bijou::datasets {

/// Two circles about the origin, of radius 1 and 1/2, each with probability 1/2, plus noise: scikit-learn's
/// make_circles with factor 0.5, but with independent uniform angles.
///
/// @f[
///   x = r\, (\cos\phi, \sin\phi) + \text{noise} \cdot \epsilon, \qquad r \in \{1, 1/2\}, \quad \phi \sim U[0, 2\pi),
///   \quad \epsilon \sim N(0, I)
/// @f]
///
/// @code{.cpp}
/// #include <bijou/datasets/toys.hpp>
/// #include <random>
/// int main() {
///   std::mt19937_64 rng{0};
///   const auto x = bijou::datasets::circles<float>(1'000, 0.05f, rng);  // 2 x 1000
///   return x.cols() == 1'000 ? 0 : 1;
/// }
/// @endcode
template <std::floating_point T, class Rng = detail::Braces>
Eigen::Matrix<T, 2, Eigen::Dynamic> circles(Eigen::Index n, T noise, Rng&& rng) {
  detail::require_generator<Rng>();
  detail::require_count("circles", n);
  detail::require_noise("circles", static_cast<double>(noise), true);
  return detail::points<T>(n, [&]() -> detail::Point {
    const double radius = uniform_index(rng, 2) == 0 ? 1.0 : 0.5;
    const double angle = 2 * std::numbers::pi * uniform(rng);
    const detail::Point shift = static_cast<double>(noise) * detail::normal_pair(rng);
    return radius * detail::Point{std::cos(angle), std::sin(angle)} + shift;
  });
}

/// Five blades, k = 0, ..., 4 with equal probability; R(a) turns by the angle a. From Johnson et al., "Composing
/// graphical models with neural networks" (2016).
///
/// @f[
///   x = 2\, R\Bigl(-\frac{2 \pi k}{5} - \frac{e^{u_1}}{4}\Bigr)\, u, \qquad u = (1 + 0.3\, \epsilon_1,\; 0.1\,
///   \epsilon_2), \quad \epsilon \sim N(0, I)
/// @f]
template <std::floating_point T, class Rng = detail::Braces>
Eigen::Matrix<T, 2, Eigen::Dynamic> pinwheel(Eigen::Index n, Rng&& rng) {
  detail::require_generator<Rng>();
  detail::require_count("pinwheel", n);
  return detail::points<T>(n, [&]() -> detail::Point {
    const auto blade = static_cast<double>(uniform_index(rng, 5));
    const detail::Point e = detail::normal_pair(rng);
    const detail::Point u{1 + 0.3 * e.x, 0.1 * e.y};
    const double angle = 2 * std::numbers::pi * blade / 5 + std::exp(u.x) / 4;
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    return {2 * (c * u.x + s * u.y), 2 * (c * u.y - s * u.x)};
  });
}

/// Eight Gaussians with equal probability, their means spaced evenly on a circle.
///
/// @f[
///   p(x) = \frac{1}{8} \sum_{k=0}^7 N(x; \mu_k, \sigma^2 I), \qquad \mu_k = \frac{4}{\sqrt 2} \left(\cos\frac{\pi
///   k}{4}, \sin\frac{\pi k}{4}\right), \quad \sigma = \frac{0.5}{\sqrt 2}
/// @f]
template <std::floating_point T, class Rng = detail::Braces>
Eigen::Matrix<T, 2, Eigen::Dynamic> eight_gaussians(Eigen::Index n, Rng&& rng) {
  detail::require_generator<Rng>();
  detail::require_count("eight_gaussians", n);
  return detail::points<T>(n, [&]() -> detail::Point {
    const double angle = std::numbers::pi / 4 * static_cast<double>(uniform_index(rng, 8));
    const detail::Point mean{4 * std::cos(angle), 4 * std::sin(angle)};
    const detail::Point sum = mean + 0.5 * detail::normal_pair(rng);
    return {sum.x / std::numbers::sqrt2, sum.y / std::numbers::sqrt2};
  });
}

/// Uniform on the dark squares of a 4 x 4 board over [-4, 4)^2, of side 2. The density is 0 elsewhere, the entropy log
/// 32.
///
/// @f[ p(x) = \frac{1}{32} \text{ where } \lfloor x_1 / 2 \rfloor + \lfloor x_2 / 2 \rfloor \text{ is even} @f]
template <std::floating_point T, class Rng = detail::Braces>
Eigen::Matrix<T, 2, Eigen::Dynamic> checkerboard(Eigen::Index n, Rng&& rng) {
  detail::require_generator<Rng>();
  detail::require_count("checkerboard", n);
  return detail::points<T>(n, [&]() -> detail::Point {
    const auto column = static_cast<double>(uniform_index(rng, 4));
    const auto pair = static_cast<double>(uniform_index(rng, 2));
    const double row = 2 * pair + std::fmod(column, 2.0);
    const double x1 = uniform(rng);
    const double x2 = uniform(rng);
    return {2 * (column + x1) - 4, 2 * (row + x2) - 4};
  });
}

/// Two spirals of one and a half turns, s = 1 or -1 with equal probability. FFJORD takes a noise of 0.1.
///
/// @f[
///   x = \frac{s}{3}\, (-a \cos a + b_1,\; a \sin a + b_2) + \text{noise} \cdot \epsilon, \qquad a = 3 \pi \sqrt u
/// @f]
/// @f[ u \sim U[0, 1), \quad b_1, b_2 \sim U[0, 1/2), \quad \epsilon \sim N(0, I) @f]
template <std::floating_point T, class Rng = detail::Braces>
Eigen::Matrix<T, 2, Eigen::Dynamic> spirals(Eigen::Index n, T noise, Rng&& rng) {
  detail::require_generator<Rng>();
  detail::require_count("spirals", n);
  detail::require_noise("spirals", static_cast<double>(noise), true);
  return detail::points<T>(n, [&]() -> detail::Point {
    const double sign = uniform_index(rng, 2) == 0 ? 1.0 : -1.0;
    const double a = 3 * std::numbers::pi * std::sqrt(uniform(rng));
    const double b1 = uniform(rng) / 2;
    const double b2 = uniform(rng) / 2;
    const detail::Point shift = static_cast<double>(noise) * detail::normal_pair(rng);
    return sign / 3 * detail::Point{b1 - a * std::cos(a), b2 + a * std::sin(a)} + shift;
  });
}

}  // namespace bijou::datasets

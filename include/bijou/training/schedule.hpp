#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/numerics/finite.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>

namespace bijou {

/// The factor s on the base learning rate at step t of a run of T steps: any function of (step, total_steps) will do, a
/// lambda as well as one of the schedules below. Steps are counted from 0 to total_steps - 1; the schedules below also
/// answer for total_steps, the moment after the last step. They throw std::invalid_argument for other steps, and for
/// members outside their documented range.
///
/// @f[ \eta_t = \eta\, s(t, T) @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
/// const auto history = bijou::fit(
///     flow, data, {.epochs = 50, .learning_rate = 1e-3, .schedule = bijou::CosineSchedule{.warm_up_fraction = 0.05}},
///     rng);
/// @endcode
using Schedule = std::function<double(std::int64_t step, std::int64_t total_steps)>;

namespace detail {

inline void require_moment(const char* caller, std::int64_t step, std::int64_t total_steps) {
  if (total_steps < 1) throw_invalid_argument(caller, "expected at least 1 step in total, got ", total_steps);
  if (step < 0 || step > total_steps) {
    throw_invalid_argument(caller, "expected a step in [0, ", total_steps, "], got ", step);
  }
}

inline void require_in_range(const char* caller, const char* member, double value, bool zero_allowed) {
  if (!finite(value) || value < 0 || value > 1 || (value == 0 && !zero_allowed)) {
    throw_invalid_argument(caller, "expected ", member, " in ", zero_allowed ? "[" : "(", "0, 1], got ", value);
  }
}

}  // namespace detail

/// The same learning rate throughout.
///
/// @f[ s = 1 @f]
struct ConstantSchedule {
  double operator()(std::int64_t step, std::int64_t total_steps) const {
    detail::require_moment("ConstantSchedule", step, total_steps);
    return 1;
  }
};

/// A linear rise to 1 over the first `warm_up_fraction` of the run, w steps, then half a cosine down to f =
/// `final_factor`:
///
/// @f[
///   s = \begin{cases} \dfrac{t + 1}{w} & t < w \\[1ex] f + \dfrac{1 - f}{2} \left(1 + \cos\dfrac{\pi (t - w)}{T -
///   w}\right) & t \ge w \end{cases}
/// @f]
///
/// After Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), equation 5, one cycle.
struct CosineSchedule {
  /// In [0, 1]; rounded to a whole number of steps.
  double warm_up_fraction = 0;
  /// In [0, 1].
  double final_factor = 0;

  double operator()(std::int64_t step, std::int64_t total_steps) const {
    detail::require_moment("CosineSchedule", step, total_steps);
    detail::require_in_range("CosineSchedule", "warm_up_fraction", warm_up_fraction, true);
    detail::require_in_range("CosineSchedule", "final_factor", final_factor, true);
    const std::int64_t warm_up = std::llround(warm_up_fraction * static_cast<double>(total_steps));
    if (step < warm_up) return static_cast<double>(step + 1) / static_cast<double>(warm_up);
    if (step == total_steps) return final_factor;
    const double progress = static_cast<double>(step - warm_up) / static_cast<double>(total_steps - warm_up);
    return final_factor + (1 - final_factor) * (1 + std::cos(std::numbers::pi * progress)) / 2;
  }
};

/// Smooth decay from 1 to f = `final_factor` over the run.
///
/// @f[ s = f^{t / T} @f]
struct ExponentialSchedule {
  /// In (0, 1].
  double final_factor = 0.01;

  double operator()(std::int64_t step, std::int64_t total_steps) const {
    detail::require_moment("ExponentialSchedule", step, total_steps);
    detail::require_in_range("ExponentialSchedule", "final_factor", final_factor, false);
    return std::pow(final_factor, static_cast<double>(step) / static_cast<double>(total_steps));
  }
};

/// Stairs: the learning rate is multiplied with `factor` after each `every_fraction` of the run, m steps.
///
/// @f[ s = \text{factor}^{\lfloor t / m \rfloor} @f]
struct StepSchedule {
  /// In (0, 1]; rounded to a whole number of steps, at least 1.
  double every_fraction = 0.25;
  /// In (0, 1].
  double factor = 0.1;

  double operator()(std::int64_t step, std::int64_t total_steps) const {
    detail::require_moment("StepSchedule", step, total_steps);
    detail::require_in_range("StepSchedule", "every_fraction", every_fraction, false);
    detail::require_in_range("StepSchedule", "factor", factor, false);
    const std::int64_t every =
        std::max<std::int64_t>(1, std::llround(every_fraction * static_cast<double>(total_steps)));
    const std::int64_t stairs = step / every;
    return std::pow(factor, static_cast<double>(stairs));
  }
};

}  // namespace bijou

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/optimizer.hpp>
#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>

namespace bijou {

struct AdamWOptions {
  /// Decay of the mean of the gradients, in [0, 1).
  double beta_1 = 0.9;
  /// Decay of the mean of their squares, in [0, 1).
  double beta_2 = 0.999;
  /// Added to the root of the mean square; above 0, as some parameters never have a gradient.
  double epsilon = 1e-8;
  /// Each step first multiplies the parameters with 1 - learning_rate * weight_decay; at least 0.
  double weight_decay = 1e-2;
};

/// Adam with decoupled weight decay, Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2,
/// with the conventions of torch.optim.AdamW. At step t, for each parameter p with gradient g:
///
///     p <- (1 - learning_rate * weight_decay) p
///     m <- beta_1 m + (1 - beta_1) g
///     v <- beta_2 v + (1 - beta_2) g^2
///     p <- p - learning_rate * m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
///
/// T: float or double. m, v and t live in the object; m and v take the size of the parameters at the first step. The
/// constructor and `step` throw std::invalid_argument before anything has changed.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
/// bijou::AdamW<float> optimizer{{.weight_decay = 1e-3}};
/// bijou::fit(flow, data, {.epochs = 50, .batch_size = 32, .learning_rate = 1e-3}, rng, optimizer);
/// @endcode
template <std::floating_point T>
class AdamW {
 public:
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

  explicit AdamW(const AdamWOptions& options = {}) : options_(options) {
    require_beta("beta_1", options.beta_1);
    require_beta("beta_2", options.beta_2);
    if (!detail::finite(options.epsilon) || !(static_cast<T>(options.epsilon) > 0)) {
      detail::throw_invalid_argument("Adam",
                                     "expected a finite epsilon above 0, got " + detail::to_text(options.epsilon));
    }
    if (!detail::finite(options.weight_decay) || options.weight_decay < 0) {
      detail::throw_invalid_argument(
          "Adam", "expected a finite weight_decay of at least 0, got " + detail::to_text(options.weight_decay));
    }
  }

  /// One step. Throws for sizes that differ from each other or from those of the first step, and for a learning rate
  /// that is negative or not finite; the gradient is taken as it is. The result is the same at any number of threads.
  void step(Eigen::Ref<Vector> parameters, const Eigen::Ref<const Vector>& gradient, double learning_rate,
            int threads = 1) {
    detail::require_step("Adam", parameters.size(), gradient.size(), learning_rate);
    if (steps_ == 0) {
      mean_ = Vector::Zero(parameters.size());
      mean_square_ = Vector::Zero(parameters.size());
    }
    detail::require_size("Adam", "parameters", mean_.size(), parameters.size());
    ++steps_;

    const double t = static_cast<double>(steps_);
    const T decay = static_cast<T>(1 - learning_rate * options_.weight_decay);
    const T rate = static_cast<T>(learning_rate / (1 - std::pow(options_.beta_1, t)));
    const T root_scale = static_cast<T>(1 / std::sqrt(1 - std::pow(options_.beta_2, t)));
    const T beta_2 = static_cast<T>(options_.beta_2);
    const T new_mean = static_cast<T>(1 - options_.beta_1);
    const T new_square = static_cast<T>(1 - options_.beta_2);
    const T epsilon = static_cast<T>(options_.epsilon);
    detail::for_each_cache_block(parameters.size(), threads, [&](Index first, Index count) {
      const auto g = gradient.segment(first, count).array();
      auto p = parameters.segment(first, count).array();
      auto m = mean_.segment(first, count).array();
      auto v = mean_square_.segment(first, count).array();
      m += new_mean * (g - m);
      v = beta_2 * v + new_square * g.square();
      p = decay * p - rate * m / (root_scale * v.sqrt() + epsilon);
    });
  }

  /// Forgets m, v and t; the next step may have another size.
  void reset() { *this = AdamW(options_); }

  /// t, the number of steps since the start or the last reset.
  std::int64_t steps() const { return steps_; }

 private:
  static void require_beta(const char* name, double beta) {
    if (!detail::finite(beta) || beta < 0 || beta >= 1) {
      detail::throw_invalid_argument("Adam",
                                     "expected " + std::string(name) + " in [0, 1), got " + detail::to_text(beta));
    }
  }

  AdamWOptions options_;
  Vector mean_;
  Vector mean_square_;
  std::int64_t steps_ = 0;
};

struct AdamOptions {
  /// Decay of the mean of the gradients, in [0, 1).
  double beta_1 = 0.9;
  /// Decay of the mean of their squares, in [0, 1).
  double beta_2 = 0.999;
  /// Added to the root of the mean square; above 0, as some parameters never have a gradient.
  double epsilon = 1e-8;
};

/// Adam, Kingma & Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1, with the conventions of
/// torch.optim.Adam: AdamW with a weight decay of 0.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
/// bijou::Adam<float> optimizer{{.beta_1 = 0.95}};
/// Eigen::VectorXf parameters = flow.parameters();
/// Eigen::VectorXf gradient(parameters.size());
/// flow.nll_gradient(data, gradient);
/// optimizer.step(parameters, gradient, 1e-3);
/// flow.set_parameters(parameters);
/// @endcode
template <std::floating_point T>
class Adam : public AdamW<T> {
 public:
  explicit Adam(const AdamOptions& options = {})
      : AdamW<T>({.beta_1 = options.beta_1, .beta_2 = options.beta_2, .epsilon = options.epsilon, .weight_decay = 0}) {}
};

}  // namespace bijou

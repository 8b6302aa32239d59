#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/parallel.hpp>
#include <bijou/numerics/simd.hpp>
#include <bijou/training/checks.hpp>
#include <bijou/training/optimizer.hpp>
#include <Eigen/Core>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>

namespace bijou {

/// Options of AdamW. Set members by name, in this order.
struct AdamWOptions {
  /// Decay of the mean of the gradients, in [0, 1).
  double beta_1 = 0.9;
  /// Decay of the mean of their squares, in [0, 1).
  double beta_2 = 0.999;
  /// Added to the root of the mean square; above 0, as some parameters never have a gradient.
  double epsilon = 1e-8;
  /// Each step first multiplies the parameters with 1 - learning_rate * weight_decay; at least 0.
  double weight_decay = 1e-2;

  static constexpr auto members() {
    return Members{state("beta_1", &AdamWOptions::beta_1), state("beta_2", &AdamWOptions::beta_2),
                   state("epsilon", &AdamWOptions::epsilon), state("weight_decay", &AdamWOptions::weight_decay)};
  }
};

/// Adam with decoupled weight decay, Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2,
/// with the conventions of torch.optim.AdamW. At step t = 1, 2, ..., for each parameter p with gradient g, learning
/// rate eta and weight decay lambda:
///
/// @f[
///   \begin{aligned} p &\leftarrow (1 - \eta \lambda)\, p \\ m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \\ v
///   &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\ p &\leftarrow p - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 -
///   \beta_2^t)} + \epsilon} \end{aligned}
/// @f]
///
/// T: float or double. m, v and t live in the object; m and v take the size of the parameters at the first step. The
/// constructor and `step` throw std::invalid_argument before anything has changed.
///
/// m, and p under weight decay, become 0 below the smallest normal number, and v stays above it. A gradient whose
/// square overflows makes v infinite and the step 0, as in torch.
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

  explicit AdamW(const AdamWOptions& options = {}) : AdamW("AdamW", options) {}

  /// One step. Throws for sizes that differ from each other or from those of the first step, and for a learning rate
  /// that is negative or not finite; the gradient is taken as it is. The result is the same at any number of threads,
  /// and an element's does not depend on its place.
  void step(Eigen::Ref<Vector> parameters, const Eigen::Ref<const Vector>& gradient, double learning_rate,
            int threads = 1) {
    detail::require_step(name_, parameters.size(), gradient.size(), learning_rate);
    if (steps_ == 0) {
      mean_.setZero(parameters.size());
      mean_square_.setZero(parameters.size());
    }
    detail::require_size(name_, "parameters", mean_.size(), parameters.size());
    ++steps_;

    const Coefficients c = coefficients(learning_rate);
    // Arrays beyond the caches come faster from memory in long pieces of few arrays; within, short pieces let the
    // moments of one overlap with the divisions of another. The numbers are the same.
    const Index block = parameters.size() > Index{1} << 19 ? 256 : 32;
    const auto update = [&](Index count, const T* g, T* m, T* v, T* p) { update_packets(count, block, c, g, m, v, p); };
    detail::for_each_chunk(parameters.size(), threads, [&](Index first, Index count) {
      detail::in_whole_packets<T>(count, update, gradient.data() + first, mean_.data() + first,
                                  mean_square_.data() + first, parameters.data() + first);
    });
  }

  /// Forgets m, v and t; the next step may have another size.
  void reset() {
    mean_.resize(0);
    mean_square_.resize(0);
    steps_ = 0;
  }

  static constexpr auto members() {
    return Members{part("options", &AdamW::options_), state("mean", &AdamW::mean_),
                   state("mean_square", &AdamW::mean_square_), state("steps", &AdamW::steps_)};
  }

  /// t, the number of steps since the start or the last reset.
  std::int64_t steps() const { return steps_; }

  /// m, the running mean of the gradients; empty before the first step.
  const Vector& mean() const { return mean_; }

  /// v, the running mean of their squares, with a floor far below epsilon^2; empty before the first step.
  const Vector& mean_square() const { return mean_square_; }

 protected:
  /// name: of the class, for messages.
  AdamW(const char* name, const AdamWOptions& options) : name_(name), options_(options) {
    const auto check = [name](bool good, const char* expected, double given) {
      detail::require_option(name, detail::finite(given) && good, expected, given);
    };
    check(options.beta_1 >= 0 && options.beta_1 < 1, "beta_1 in [0, 1)", options.beta_1);
    check(options.beta_2 >= 0 && options.beta_2 < 1, "beta_2 in [0, 1)", options.beta_2);
    check(static_cast<T>(options.epsilon) > 0, "a finite epsilon above 0", options.epsilon);
    check(options.weight_decay >= 0, "a finite weight_decay of at least 0", options.weight_decay);
  }

 private:
  /// The constants of one step, and where v is kept from the subnormal numbers.
  ///
  /// g^2 and v become subnormal for small g. With |g| taken for at least g_0, v is at least twice the smallest normal
  /// number, and its root larger by at most g_0. That is far below the rounding of the denominator if epsilon is above
  /// 2^27 g_0 (float; 7e-10 for the usual beta_2): then least_gradient = g_0. For a smaller epsilon least_gradient is
  /// 0. v is then what it is while m is not 0, as m / epsilon would be a huge step, and 0 instead of subnormal once m
  /// is.
  struct Coefficients {
    T decay, rate, root_scale, beta_2, new_mean, new_square, epsilon, least_gradient;
  };

  Coefficients coefficients(double learning_rate) const {
    const double t = static_cast<double>(steps_);
    const double smallest = (std::numeric_limits<T>::min)();
    const double g_0 = std::sqrt(2 * smallest / (1 - options_.beta_2));
    const bool negligible = g_0 < options_.epsilon * std::numeric_limits<T>::epsilon() / 16;
    return {.decay = static_cast<T>(1 - learning_rate * options_.weight_decay),
            .rate = static_cast<T>(learning_rate / (1 - std::pow(options_.beta_1, t))),
            .root_scale = static_cast<T>(1 / std::sqrt(1 - std::pow(options_.beta_2, t))),
            .beta_2 = static_cast<T>(options_.beta_2),
            .new_mean = static_cast<T>(1 - options_.beta_1),
            .new_square = static_cast<T>(1 - options_.beta_2),
            .epsilon = static_cast<T>(options_.epsilon),
            .least_gradient = negligible ? static_cast<T>(g_0) : T{0}};
  }

  /// The step for `count` elements, a multiple of the packet size, in blocks of `block`, another one.
  EIGEN_DONT_INLINE static void update_packets(Index count, Index block, const Coefficients c, const T* gradient,
                                               T* mean, T* mean_square, T* parameters) {
    using Packet = Simd<T>;
    const auto load = [](const T* from) { return Packet(detail::load(from)); };
    for (Index begin = 0; begin < count; begin += block) {
      const Index end = begin + block < count ? begin + block : count;
      for (Index i = begin; i < end; i += detail::packet_size<T>) {
        const Packet m = load(mean + i);
        detail::store(mean + i, detail::without_subnormal(m + c.new_mean * (load(gradient + i) - m)).value);
      }
      for (Index i = begin; i < end; i += detail::packet_size<T>) {
        const Packet m = load(mean + i);
        const Packet g = maximum(abs(load(gradient + i)), Packet(c.least_gradient));
        Packet v = c.beta_2 * load(mean_square + i) + c.new_square * (g * g);
        if (c.least_gradient == 0) v = select(abs(m) > Packet(T{0}), v, detail::without_subnormal(v));
        Packet p = c.decay * load(parameters + i) - c.rate * m / (c.root_scale * sqrt(v) + c.epsilon);
        if (c.decay != 1) p = detail::without_subnormal(p);
        detail::store(mean_square + i, v.value);
        detail::store(parameters + i, p.value);
      }
    }
  }

  const char* name_;
  AdamWOptions options_;
  Vector mean_;
  Vector mean_square_;
  std::int64_t steps_ = 0;
};

/// Options of Adam. Set members by name, in this order.
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
/// @f[
///   m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad p \leftarrow
///   p - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
/// @f]
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
      : AdamW<T>("Adam",
                 {.beta_1 = options.beta_1, .beta_2 = options.beta_2, .epsilon = options.epsilon, .weight_decay = 0}) {}
};

}  // namespace bijou

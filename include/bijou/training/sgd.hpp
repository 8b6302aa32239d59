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
#include <concepts>

namespace bijou {

/// Options of SGD. Set members by name, in this order.
struct SGDOptions {
  /// How much of the last step's velocity is kept; at least 0, and 0 for plain gradient descent.
  double momentum = 0;
  /// Nesterov's look-ahead; wants a momentum above 0.
  bool nesterov = false;
  /// weight_decay * p is added to the gradient, as for a penalty of weight_decay / 2 * |p|^2; at least 0.
  double weight_decay = 0;

  static constexpr auto members() {
    return Members{state("momentum", &SGDOptions::momentum), state("nesterov", &SGDOptions::nesterov),
                   state("weight_decay", &SGDOptions::weight_decay)};
  }
};

/// Stochastic gradient descent with the conventions of torch.optim.SGD. For each parameter p with gradient g, velocity
/// v (0 before the first step), learning rate eta, momentum mu and weight decay lambda:
///
/// @f[
///   \begin{aligned} g &\leftarrow g + \lambda p \\ v &\leftarrow \mu v + g \\ p &\leftarrow \begin{cases} p - \eta\,
///   (g + \mu v) & \text{nesterov} \\ p - \eta v & \text{else} \end{cases} \end{aligned}
/// @f]
///
/// T: float or double. The velocity lives in the object and takes the size of the parameters at the first step. The
/// constructor and `step` throw std::invalid_argument before anything has changed. The velocity, and p under weight
/// decay, become 0 below the smallest normal number.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
/// bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
/// bijou::fit(flow, data, {.epochs = 50, .batch_size = 32, .learning_rate = 1e-2}, rng,
///            bijou::SGD<float>{{.momentum = 0.9, .nesterov = true}});
/// @endcode
template <std::floating_point T>
class SGD {
 public:
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;

  explicit SGD(const SGDOptions& options = {}) : options_(options) {
    const auto check = [](bool good, const char* expected, double given) {
      detail::require_option("SGD", detail::finite(given) && good, expected, given);
    };
    check(options.momentum >= 0, "a finite momentum of at least 0", options.momentum);
    check(!options.nesterov || options.momentum > 0, "a momentum above 0 for nesterov", options.momentum);
    check(options.weight_decay >= 0, "a finite weight_decay of at least 0", options.weight_decay);
  }

  /// One step. Throws for sizes that differ from each other or from those of the first step, and for a learning rate
  /// that is negative or not finite; the gradient is taken as it is. The result is the same at any number of threads,
  /// and an element's does not depend on its place.
  void step(Eigen::Ref<Vector> parameters, const Eigen::Ref<const Vector>& gradient, double learning_rate,
            int threads = 1) {
    detail::require_step("SGD", parameters.size(), gradient.size(), learning_rate);
    if (!started_) velocity_.setZero(parameters.size());
    detail::require_size("SGD", "parameters", velocity_.size(), parameters.size());
    started_ = true;

    const T rate = static_cast<T>(learning_rate);
    const auto update = [&](Index count, const T* g, T* v, T* p) { update_packets(count, options_, rate, g, v, p); };
    detail::for_each_chunk(parameters.size(), threads, [&](Index first, Index count) {
      detail::in_whole_packets<T>(count, update, gradient.data() + first, velocity_.data() + first,
                                  parameters.data() + first);
    });
  }

  /// Forgets the velocity; the next step may have another size.
  void reset() {
    velocity_.resize(0);
    started_ = false;
  }

  static constexpr auto members() {
    return Members{part("options", &SGD::options_), state("velocity", &SGD::velocity_),
                   state("started", &SGD::started_)};
  }

  /// The running sum of the gradients; empty before the first step.
  const Vector& velocity() const { return velocity_; }

 private:
  /// The step for `count` elements, a multiple of the packet size.
  EIGEN_DONT_INLINE static void update_packets(Index count, const SGDOptions options, T rate, const T* gradient,
                                               T* velocities, T* parameters) {
    using Packet = Simd<T>;
    const Packet momentum(static_cast<T>(options.momentum));
    const Packet weight_decay(static_cast<T>(options.weight_decay));
    for (Index i = 0; i < count; i += detail::packet_size<T>) {
      const Packet p(detail::load(parameters + i));
      const Packet g = Packet(detail::load(gradient + i)) + weight_decay * p;
      const Packet velocity = detail::without_subnormal(momentum * Packet(detail::load(velocities + i)) + g);
      const Packet direction = options.nesterov ? g + momentum * velocity : velocity;
      Packet next = p - rate * direction;
      if (options.weight_decay != 0) next = detail::without_subnormal(next);
      detail::store(velocities + i, velocity.value);
      detail::store(parameters + i, next.value);
    }
  }

  SGDOptions options_;
  Vector velocity_;
  bool started_ = false;
};

}  // namespace bijou

#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/parallel.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <concepts>
#include <string_view>

namespace bijou {

/// A rule that turns gradients into steps: p <- p + step(gradient, learning rate, what the rule remembers).
///
/// | expression | meaning |
/// |---|---|
/// | `o.step(parameters, gradient, learning_rate)` | changes `parameters` in place. `parameters`:
/// Eigen::Ref<Eigen::VectorX<T>>; `gradient`: const Eigen::Ref<const Eigen::VectorX<T>>&, of the same size, never
/// aliased; `learning_rate`: double |
/// | `o.step(parameters, gradient, learning_rate, threads)` | optional, `threads` an int: the same on at most so many
/// threads; fit calls it with its own number |
///
/// An optimizer may keep state from step to step (it belongs to the parameters it was first used with), and `step` is
/// all that fit calls: it never resets an optimizer, so that a second fit can go on where the first has stopped.
///
/// @code{.cpp}
/// struct SignDescent {  // p <- p - learning_rate * sign(gradient)
///   void step(Eigen::Ref<Eigen::VectorXf> parameters, const Eigen::Ref<const Eigen::VectorXf>& gradient,
///             double learning_rate) {
///     parameters -= static_cast<float>(learning_rate) * gradient.array().sign().matrix();
///   }
/// };
/// static_assert(bijou::Optimizer<SignDescent, float>);
/// @endcode
template <class O, class T>
concept Optimizer =
    std::floating_point<T> && requires(O& o, Eigen::Ref<Eigen::Vector<T, Eigen::Dynamic>> parameters,
                                       const Eigen::Ref<const Eigen::Vector<T, Eigen::Dynamic>>& gradient,
                                       double learning_rate) { o.step(parameters, gradient, learning_rate); };

namespace detail {

/// Stands for a number of threads in a call, so that no parameter of another type takes it by conversion.
struct ThreadCount {
  int value;
  template <std::same_as<int> I>
  operator I() const {
    return value;
  }
};

inline void require_step(std::string_view caller, Index parameters, Index gradient, double learning_rate) {
  require_size(caller, "a gradient", parameters, gradient);
  if (!finite(learning_rate) || learning_rate < 0) {
    throw_invalid_argument(caller, "expected a finite learning rate of at least 0, got " + to_text(learning_rate));
  }
}

}  // namespace detail
}  // namespace bijou

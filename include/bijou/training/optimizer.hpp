#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/tile.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/numerics/simd.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <concepts>
#include <limits>
#include <string_view>
#include <type_traits>

namespace bijou {

/// A rule that turns gradients g into steps of the parameters, with a learning rate eta and what the rule remembers, r.
///
/// @f[ p \leftarrow p + \text{step}(g, \eta, r) @f]
///
/// | expression | meaning |
/// |---|---|
/// | `o.step(parameters, gradient, learning_rate)` | changes `parameters` in place. `parameters`: `Eigen::Ref<Eigen::VectorX<T>>`; `gradient`: `const Eigen::Ref<const Eigen::VectorX<T>>&`, of the same size, never aliased; `learning_rate`: double |
/// | `o.step(parameters, gradient, learning_rate, threads)` | optional, `threads` an int: the same on at most so many threads; fit calls it with its own number |
/// | `O::members()` | optional: the list of its state, see core/members.hpp, which checkpoints keep |
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

/// Converts to int only: detects step(..., int threads) without matching a fourth parameter of type double.
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
    throw_invalid_argument(caller, "expected a finite learning rate of at least 0, got ", learning_rate);
  }
}

/// 0 for what lies below the smallest normal number. A number that shrinks by a constant factor stops shrinking among
/// the subnormal ones, since 0.9 of a few units in the last place rounds back to them; arithmetic with them is up to
/// a hundred times slower on many processors.
template <class T>
EIGEN_STRONG_INLINE Simd<T> without_subnormal(Simd<T> x) {
  const Simd<T> subnormal = abs(x) < Simd<T>((std::numeric_limits<T>::min)());
  return Simd<T>(Eigen::internal::pandnot(x.value, subnormal.value));
}

/// update(count, arrays...) for the whole packets of some arrays, then for a packet that holds what is left. If update
/// is a function that is not inlined, the result for an element does not depend on its place.
template <class T, class Update, class... U>
void in_whole_packets(Index count, Update update, U*... arrays) {
  const Index rest = count % packet_size<T>;
  const Index whole = count - rest;
  if (whole > 0) update(whole, arrays...);
  if (rest == 0) return;
  struct Lanes {
    T values[packet_size<T>] = {};
  };
  const auto padded = [&](const T* from) {
    Lanes lanes;
    std::copy_n(from + whole, rest, lanes.values);
    return lanes;
  };
  const auto write_back = [&](const Lanes& lanes, auto* to) {
    if constexpr (!std::is_const_v<std::remove_pointer_t<decltype(to)>>) std::copy_n(lanes.values, rest, to + whole);
  };
  [&](auto... lanes) {
    update(packet_size<T>, static_cast<U*>(lanes.values)...);
    (write_back(lanes, arrays), ...);
  }(padded(arrays)...);
}

}  // namespace detail
}  // namespace bijou

#pragma once

#include <bijou/bijectors/bijector_calls.hpp>

namespace bijou {

/// x_j = z_{D-1-j}, log|det dx/dz| = 0. Its own inverse and its own pullback.
///
/// @f[ x_j = z_{D-1-j} @f]
///
/// D: number of coordinates, or Eigen::Dynamic for events of any size. Works with any scalar.
///
/// @code{.cpp}
/// const Eigen::Vector3d x = bijou::Reverse<3>{}.forward(Eigen::Vector3d(1.0, 2.0, 3.0));  // (3, 2, 1)
/// @endcode
template <int D>
class Reverse : public BijectorCalls<Reverse<D>> {
 public:
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Reverse";
  static constexpr const char* formula = "x_j = z[D-1-j]";
  static_assert(D == Eigen::Dynamic || D > 0, "Reverse: events need at least one row");

  static constexpr auto members() { return Members<>{}; }

  using BijectorCalls<Reverse>::forward;
  using BijectorCalls<Reverse>::inverse;

  template <class T>
  void forward(Evaluation<T> e) const {
    e.output = e.input.colwise().reverse();
  }
  template <class T>
  void inverse(Evaluation<T> e) const {
    e.output = e.input.colwise().reverse();
  }
  template <class T>
  void forward_pullback(Pullback<T> p) const {
    p.input_gradient = p.output_gradient.colwise().reverse();
  }
  template <class T>
  void inverse_pullback(Pullback<T> p) const {
    p.input_gradient = p.output_gradient.colwise().reverse();
  }
};

}  // namespace bijou

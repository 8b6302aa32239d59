#pragma once

#include <bijou/bijectors/coordinate_order.hpp>
#include <bijou/bijectors/permute.hpp>
#include <string>

namespace bijou {

/// Permute with an order that is drawn once, each with the same probability. The order is state: copies have it, and it
/// is saved.
///
/// @f[ x_j = z_{p_j}, \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = 0 @f]
///
/// D: number of coordinates or Eigen::Dynamic. Works with any scalar.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::RandomPermutation<6> p{rng};
/// const auto order = p.permute().indices();
/// @endcode
template <int D>
class RandomPermutation : public BijectorCalls<RandomPermutation<D>> {
 public:
  static constexpr int static_event_size = D;
  static constexpr const char* name = "RandomPermutation";
  static constexpr const char* formula = Permute<D>::formula;

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  explicit RandomPermutation(Rng& rng) : permute_(shuffled(D, rng)) {}
  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  RandomPermutation(Index event_size, Rng& rng) : permute_(shuffled(event_size, rng)) {}

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return permute_.event_size(); }
  /// The permutation that was drawn.
  const Permute<D>& permute() const { return permute_; }

  static constexpr auto members() { return Members{part("permute", &RandomPermutation::permute_)}; }

  using BijectorCalls<RandomPermutation>::forward;
  using BijectorCalls<RandomPermutation>::inverse;

  template <class T>
  void forward(Evaluation<T> e) const {
    permute_.forward(e);
  }
  template <class T>
  void inverse(Evaluation<T> e) const {
    permute_.inverse(e);
  }
  template <class T>
  void forward_pullback(Pullback<T> p) const {
    permute_.forward_pullback(p);
  }
  template <class T>
  void inverse_pullback(Pullback<T> p) const {
    permute_.inverse_pullback(p);
  }

 private:
  template <class Rng>
  static Permute<D> shuffled(Index event_size, Rng& rng) {
    return Permute<D>::of_list(random_order(detail::require_coordinates(name, event_size), rng));
  }

  Permute<D> permute_;
};

}  // namespace bijou

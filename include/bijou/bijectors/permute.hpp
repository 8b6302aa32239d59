#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

template <class Indices>
bool is_long_permutation(const Indices& indices) {
  std::vector<bool> is_there(indices.size());
  for (const int i : indices) {
    if (i < 0 || i >= static_cast<int>(indices.size()) || is_there[static_cast<std::size_t>(i)]) return false;
    is_there[static_cast<std::size_t>(i)] = true;
  }
  return true;
}

template <class Indices>
constexpr bool is_permutation(const Indices& indices) {
  // Short ones take nothing from the heap.
  if (!std::is_constant_evaluated() && indices.size() > 100) return is_long_permutation(indices);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= static_cast<int>(indices.size())) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (indices[i] == indices[j]) return false;
    }
  }
  return true;
}

inline constexpr const char* permutation_rule = "a permutation must name each index from 0 to D - 1 exactly once";

// Not constexpr: a wrong constant permutation stops the compiler at a call whose name says what is wrong.
[[noreturn]] inline void permutation_must_name_each_index_from_0_to_D_minus_1_exactly_once() {
  throw_invalid_argument("Permute", permutation_rule);
}

}  // namespace detail

/// x_j = z_{p_j}, log|det dx/dz| = 0 (TFP's convention).
///
/// @f[ x_j = z_{p_j} @f]
///
/// D: number of coordinates or Eigen::Dynamic. Works with any scalar. The constructor throws std::invalid_argument for
/// what is not a permutation; for a constexpr object that is a compile-time error.
///
/// @code{.cpp}
/// constexpr bijou::Permute<3> p{2, 0, 1};
/// const Eigen::Vector3d x = p.forward(Eigen::Vector3d(10.0, 20.0, 30.0));  // (30, 10, 20)
/// @endcode
template <int D>
class Permute : public BijectorCalls<Permute<D>> {
 public:
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Permute";
  static constexpr const char* formula = "x_j = z[p_j]";
  static_assert(D == Eigen::Dynamic || D > 0, "Permute: events need at least one row");
  /// The permutation: D numbers of coordinates, from 0.
  using Indices = std::conditional_t<D == Eigen::Dynamic, std::vector<int>,
                                     std::array<int, static_cast<std::size_t>(D == Eigen::Dynamic ? 0 : D)>>;

  /// One index for each coordinate.
  template <std::integral... Ints>
  requires(D != Eigen::Dynamic && sizeof...(Ints) == static_cast<std::size_t>(D))
  constexpr Permute(Ints... p) : Permute(Indices{static_cast<int>(p)...}) {}

  constexpr explicit Permute(Indices p) : indices_(std::move(p)) {
    if (indices_.empty()) detail::require_coordinates(name, 0);
    if (!detail::is_permutation(indices_)) {
      detail::permutation_must_name_each_index_from_0_to_D_minus_1_exactly_once();
    }
  }

  /// From a list whose size is known at run time, D numbers.
  static Permute of_list(const std::vector<int>& p) {
    Indices indices{};
    if constexpr (D == Eigen::Dynamic) indices.resize(p.size());
    std::copy(p.begin(), p.end(), indices.begin());
    return Permute(std::move(indices));
  }

  constexpr Index event_size() const { return static_cast<Index>(indices_.size()); }
  /// Of the permutation that changes nothing.
  constexpr bool maps_in_order() const { return std::is_sorted(indices_.begin(), indices_.end()); }
  /// p, with x_j = z[p_j].
  constexpr const Indices& indices() const { return indices_; }

  static constexpr auto members() { return Members{state("indices", &Permute::indices_)}; }

  std::string state_error() const { return detail::is_permutation(indices_) ? "" : detail::permutation_rule; }

  using BijectorCalls<Permute>::forward;
  using BijectorCalls<Permute>::inverse;

  template <class T>
  void forward(Evaluation<T> e) const {
    gather<T>(e.input, e.output);
  }
  template <class T>
  void inverse(Evaluation<T> e) const {
    scatter<T>(e.input, e.output);
  }
  // The pullback of a permutation is its inverse.
  template <class T>
  void forward_pullback(Pullback<T> p) const {
    scatter<T>(p.output_gradient, p.input_gradient);
  }
  template <class T>
  void inverse_pullback(Pullback<T> p) const {
    gather<T>(p.output_gradient, p.input_gradient);
  }

 private:
  template <class T>
  void gather(ConstTile<T> in, Tile<T> out) const {
    for (Index j = 0; j < out.rows(); ++j) out.row(j) = in.row(indices_[static_cast<std::size_t>(j)]);
  }
  template <class T>
  void scatter(ConstTile<T> in, Tile<T> out) const {
    for (Index j = 0; j < in.rows(); ++j) out.row(indices_[static_cast<std::size_t>(j)]) = in.row(j);
  }

  Indices indices_;
};

}  // namespace bijou

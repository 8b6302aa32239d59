#pragma once

#include <bijou/transformers/transformer.hpp>
#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

/// What PerCoordinate and DynamicPerCoordinate share. Transformers: a tuple or a vector.
template <class T, class Transformers>
class PerCoordinateOf {
 public:
  using Scalar = T;
  static constexpr const char* name = "PerCoordinate";

  static constexpr auto members() {
    return Members{state("which", &PerCoordinateOf::which_), part("transformers", &PerCoordinateOf::transformers_)};
  }

  std::string state_error() const {
    for (const int k : which_) {
      if (k < 0 || k >= count()) return joined({"expected numbers from 0 to ", count() - 1, ", got ", k});
    }
    return {};
  }

  Index coordinates() const { return static_cast<Index>(which_.size()); }
  const std::vector<int>& which() const { return which_; }
  const Transformers& transformers() const { return transformers_; }
  Index parameters_per_coordinate() const {
    Index most = 0;
    for_each_element(transformers_, [&](const auto& s, std::size_t) {
      most = (std::max)(most, Index{s.parameters_per_coordinate()});
    });
    return most;
  }

  void forward(TransformerEvaluation<T> e) const {
    with_transformer(e.coordinate, [&](const auto& s) { s.forward(own(e, s.parameters_per_coordinate())); });
  }
  void inverse(TransformerEvaluation<T> e) const {
    with_transformer(e.coordinate, [&](const auto& s) { s.inverse(own(e, s.parameters_per_coordinate())); });
  }
  void forward_pullback(TransformerPullback<T> p) const {
    with_transformer(p.coordinate, [&](const auto& s) { s.forward_pullback(own(p, s.parameters_per_coordinate())); });
  }
  void inverse_pullback(TransformerPullback<T> p) const {
    with_transformer(p.coordinate, [&](const auto& s) { s.inverse_pullback(own(p, s.parameters_per_coordinate())); });
  }

 protected:
  PerCoordinateOf(std::vector<int> which, Transformers transformers)
      : which_(std::move(which)), transformers_(std::move(transformers)) {
    require_no_error(name, state_error());
  }

 private:
  int count() const {
    if constexpr (TupleLike<Transformers>)
      return static_cast<int>(std::tuple_size_v<Transformers>);
    else
      return static_cast<int>(transformers_.size());
  }

  template <class F>
  void with_transformer(Index coordinate, F f) const {
    const auto k = static_cast<std::size_t>(which_[static_cast<std::size_t>(coordinate)]);
    for_each_element(transformers_, [&](const auto& s, std::size_t i) {
      if (i == k) f(s);
    });
  }

  /// The same with the first `count` parameters.
  static TransformerEvaluation<T> own(TransformerEvaluation<T>& e, Index count) {
    return {e.parameters.slice(0, count), e.input, e.output, e.log_det, e.pass, e.coordinate};
  }
  static TransformerPullback<T> own(TransformerPullback<T>& p, Index count) {
    p.parameters_gradient.slice(count, p.parameters_gradient.rows() - count).setZero();
    return {p.parameters.slice(0, count),          p.input,          p.output, p.output_gradient, p.log_det_gradient,
            p.parameters_gradient.slice(0, count), p.input_gradient, p.pass,   p.coordinate};
  }

  std::vector<int> which_;
  Transformers transformers_;
};

}  // namespace detail

/// x_i = f_k(z_i; theta_i) with k = which[i]: one of several transformers for each coordinate of an event, so that one
/// layer has angles, positive numbers and others.
///
/// @f[ x_i = f_{k}(z_i; \theta_i), \qquad k = \text{which}_i @f]
///
/// S...: transformers of one scalar. Parameters: as many for each coordinate as the one with most needs; the first of
/// them are used. Throws std::invalid_argument for a number that names no transformer; a layer throws if its events
/// have another number of coordinates.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Plain = bijou::AffineTransformer<double>;
/// using Backwards = bijou::InvertTransformer<Plain>;
/// using Transformer = bijou::PerCoordinate<Plain, Backwards>;
/// using Layer = bijou::Autoregressive<3, Transformer, bijou::Made<double>>;
/// const Layer f{Transformer{{0, 1, 1}, Plain{}, Backwards{}}, {32}, rng};  // the first plain, the others backwards
/// @endcode
template <class... S>
class PerCoordinate
    : public detail::PerCoordinateOf<typename std::tuple_element_t<0, std::tuple<S...>>::Scalar, std::tuple<S...>> {
  static_assert((((detail::require_transformer<S>(), true) && ...)));
  static_assert(sizeof...(S) > 0, "PerCoordinate: at least one transformer");
  using T = typename std::tuple_element_t<0, std::tuple<S...>>::Scalar;
  static_assert((std::is_same_v<T, typename S::Scalar> && ...),
                "PerCoordinate: the transformers have different scalar types");

 public:
  explicit PerCoordinate(std::vector<int> which, S... transformers)
      : detail::PerCoordinateOf<T, std::tuple<S...>>(std::move(which), std::tuple<S...>(std::move(transformers)...)) {}
};

/// The same with transformers of one type whose number is known at run time; those of type AnyTransformer may be of any
/// kinds.
///
/// @f[ x_i = f_{k}(z_i; \theta_i), \qquad k = \text{which}_i @f]
///
/// @code{.cpp}
/// const std::vector<bijou::AnyTransformer<double>> kinds{bijou::AffineTransformer<double>{},
///                                                        bijou::RationalQuadraticSpline<double, 8>{}};
/// const bijou::DynamicPerCoordinate transformer{{0, 1, 1}, kinds};
/// @endcode
template <class S>
class DynamicPerCoordinate : public detail::PerCoordinateOf<typename S::Scalar, std::vector<S>> {
  static_assert((detail::require_transformer<S>(), true));

 public:
  DynamicPerCoordinate(std::vector<int> which, std::vector<S> transformers)
      : detail::PerCoordinateOf<typename S::Scalar, std::vector<S>>(std::move(which), std::move(transformers)) {}
};

}  // namespace bijou

#pragma once

#include <bijou/transformers/transformer.hpp>
#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace bijou {

/// x_i = f_k(z_i; theta_i) with k = which[i]: one of several transformers for each coordinate of an event, so that one
/// layer has angles, positive numbers and others.
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
class PerCoordinate {
  static_assert((((detail::require_transformer<S>(), true) && ...)));
  static_assert(sizeof...(S) > 0, "PerCoordinate: at least one transformer");
  using T = typename std::tuple_element_t<0, std::tuple<S...>>::Scalar;
  static_assert((std::is_same_v<T, typename S::Scalar> && ...),
                "PerCoordinate: the transformers have different scalar types");

 public:
  using Scalar = T;
  static constexpr const char* name = "PerCoordinate";

  explicit PerCoordinate(std::vector<int> which, S... transformers)
      : which_(std::move(which)), transformers_(std::move(transformers)...) {
    for (const int k : which_) {
      if (k < 0 || k >= static_cast<int>(sizeof...(S))) {
        detail::throw_invalid_argument(name, "expected numbers from 0 to ", sizeof...(S) - 1, ", got ", k);
      }
    }
  }

  static constexpr auto members() {
    return std::tuple{state("which", &PerCoordinate::which_), part("transformers", &PerCoordinate::transformers_)};
  }

  Index coordinates() const { return static_cast<Index>(which_.size()); }
  const std::vector<int>& which() const { return which_; }
  const std::tuple<S...>& transformers() const { return transformers_; }
  Index parameters_per_coordinate() const {
    return std::apply([](const auto&... s) { return (std::max)({s.parameters_per_coordinate()...}); }, transformers_);
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

 private:
  template <class F>
  void with_transformer(Index coordinate, F f) const {
    const auto k = static_cast<std::size_t>(which_[static_cast<std::size_t>(coordinate)]);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((I == k ? f(std::get<I>(transformers_)) : void()), ...);
    }(std::index_sequence_for<S...>{});
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
  std::tuple<S...> transformers_;
};

}  // namespace bijou

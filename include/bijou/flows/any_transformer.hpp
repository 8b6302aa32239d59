#pragma once

#include <bijou/flows/erased.hpp>
#include <bijou/transformers/transformer.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

template <class T>
struct TransformerInterface : ErasedInterface<TransformerInterface<T>, T> {
  static constexpr const char* name = "AnyTransformer";
  virtual Index parameters_per_coordinate() const = 0;
  virtual Index coordinates() const = 0;
  virtual void forward(TransformerEvaluation<T> e) const = 0;
  virtual void inverse(TransformerEvaluation<T> e) const = 0;
  virtual void forward_pullback(TransformerPullback<T> p) const = 0;
  virtual void inverse_pullback(TransformerPullback<T> p) const = 0;
};

template <class T, class S>
struct TransformerModel final : ErasedModel<TransformerModel<T, S>, TransformerInterface<T>, S, T> {
  using ErasedModel<TransformerModel, TransformerInterface<T>, S, T>::ErasedModel;

  Index parameters_per_coordinate() const override { return this->object.parameters_per_coordinate(); }
  Index coordinates() const override {
    if constexpr (requires(const S& s) { s.coordinates(); })
      return this->object.coordinates();
    else
      return any_size;
  }
  void forward(TransformerEvaluation<T> e) const override { this->object.forward(e); }
  void inverse(TransformerEvaluation<T> e) const override { this->object.inverse(e); }
  void forward_pullback(TransformerPullback<T> p) const override { this->object.forward_pullback(p); }
  void inverse_pullback(TransformerPullback<T> p) const override { this->object.inverse_pullback(p); }
};

}  // namespace detail

/// Any transformer of scalar T whose type is decided at run time, a value that is copied and moved like one. One
/// virtual call for each coordinate of a tile; results have the bits of the transformer inside.
///
/// T: float or double.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bool is_bounded = true;
/// const bijou::AnyTransformer<float> spline = bijou::RationalQuadraticSpline<float, 8>{};
/// const bijou::AnyTransformer<float> affine = bijou::AffineTransformer<float>{};
/// using Layer = bijou::Autoregressive<3, bijou::AnyTransformer<float>, bijou::Made<float>>;
/// const Layer layer{is_bounded ? spline : affine, {64, 64}, rng};
/// @endcode
template <class T>
class AnyTransformer : public detail::Erased<detail::TransformerInterface<T>, T> {
 public:
  using Scalar = T;
  static constexpr const char* name = detail::TransformerInterface<T>::name;

  /// Holds any transformer of the scalar T.
  template <class S>
  requires(!std::is_same_v<std::remove_cvref_t<S>, AnyTransformer> &&
           detail::HasMapsOfTransformer<std::remove_cvref_t<S>> &&
           std::is_same_v<typename std::remove_cvref_t<S>::Scalar, T>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint leaves copies to the copy constructor.
  AnyTransformer(S&& s)
      : detail::Erased<detail::TransformerInterface<T>, T>(
            new detail::TransformerModel<T, std::remove_cvref_t<S>>(std::forward<S>(s))) {
    detail::require_transformer<std::remove_cvref_t<S>>();
    static_assert(!detail::has_parameters<std::remove_cvref_t<S>>(),
                  "AnyTransformer: a transformer has no parameters of its own");
  }

  /// The transformer inside if it is an S, else nullptr.
  template <class S>
  const S* get_if() const {
    return this->template object_if<detail::TransformerModel<T, S>>();
  }

  Index parameters_per_coordinate() const { return this->model().parameters_per_coordinate(); }
  /// any_size unless it is made for so many coordinates.
  Index coordinates() const { return this->model().coordinates(); }

  void forward(TransformerEvaluation<T> e) const { this->model().forward(e); }
  void inverse(TransformerEvaluation<T> e) const { this->model().inverse(e); }
  void forward_pullback(TransformerPullback<T> p) const { this->model().forward_pullback(p); }
  void inverse_pullback(TransformerPullback<T> p) const { this->model().inverse_pullback(p); }
};

}  // namespace bijou

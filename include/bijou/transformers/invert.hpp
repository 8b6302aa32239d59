#pragma once

#include <bijou/transformers/transformer.hpp>

namespace bijou {

/// A transformer run backwards: forward is the inverse of S. InvertTransformer<AffineTransformer<T>> is x = s(a) z +
/// t, the parameterisation of TFP, whose networks give the map from noise to data.
///
/// @f[ x = S^{-1}(z) @f]
///
/// @code{.cpp}
/// using Transformer = bijou::InvertTransformer<bijou::AffineTransformer<double>>;
/// static_assert(bijou::Transformer<Transformer>);
/// @endcode
template <class S>
struct InvertTransformer {
  static_assert((detail::require_transformer<S>(), true));
  using Scalar = typename S::Scalar;
  static constexpr const char* name = "InvertTransformer";

  /// The map that is run the other way round.
  S transformer;

  static constexpr auto members() { return Members{part("transformer", &InvertTransformer::transformer)}; }
  static constexpr int most_parameters = detail::most_parameters<S>();
  Index parameters_per_coordinate() const { return transformer.parameters_per_coordinate(); }
  /// How many coordinates it is made for, of a map that treats them differently.
  template <class U = S>  // a template, as clang 14 instantiates all other members
  requires requires(const U& u) { u.coordinates(); }
  Index coordinates() const {
    return transformer.coordinates();
  }

  void forward(TransformerEvaluation<Scalar> e) const { transformer.inverse(e); }
  void inverse(TransformerEvaluation<Scalar> e) const { transformer.forward(e); }
  void forward_pullback(TransformerPullback<Scalar> p) const { transformer.inverse_pullback(p); }
  void inverse_pullback(TransformerPullback<Scalar> p) const { transformer.forward_pullback(p); }
};

template <class S>
InvertTransformer(S) -> InvertTransformer<S>;
// Without this, InvertTransformer{InvertTransformer{s}} would be a copy of InvertTransformer{s}.
template <class S>
InvertTransformer(InvertTransformer<S>) -> InvertTransformer<InvertTransformer<S>>;

}  // namespace bijou

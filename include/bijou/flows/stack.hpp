#pragma once

#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/flow_options.hpp>
#include <algorithm>
#include <utility>
#include <vector>

/// What the flows by name share: layers of one type, a permutation after each, and the data's own scale outermost.
namespace bijou::detail {

template <class Layer, int D>
using Stack = Chain<Standardize<typename Layer::Scalar, D>, DynamicChain<Chain<Layer, Permute<D>>>>;

template <class Layer, int D, class Named>
using StackedFlow = TransformedDistribution<StandardNormal<typename Layer::Scalar, D>, Stack<Layer, D>, Named>;

/// An object of a type whose size is known at compile time or not.
template <class Type>
Type of_size(Index size) {
  if constexpr (Type::static_event_size == Eigen::Dynamic)
    return Type(size);
  else
    return Type();
}

/// make_layer(event size): the next layer.
template <class Layer, int D, class Rng, class MakeLayer>
Stack<Layer, D> make_stack(std::string_view caller, const flows::FlowOptions& options, Rng& rng, MakeLayer make_layer) {
  using T = typename Layer::Scalar;
  const Index size = require_flow_options<D>(caller, options);
  std::vector<Chain<Layer, Permute<D>>> layers;
  for (int i = 0; i < options.layers; ++i) {
    Layer layer = make_layer(size);
    const std::vector<int> order = permutation(size, options.alternation, rng);
    typename Permute<D>::Indices indices{};
    if constexpr (D == Eigen::Dynamic) indices.resize(order.size());
    std::copy(order.begin(), order.end(), indices.begin());
    layers.emplace_back(std::move(layer), Permute<D>(std::move(indices)));
  }
  using Vector = Eigen::Matrix<T, D, 1>;
  auto scale = options.standardize ? of_size<Standardize<T, D>>(size)
                                   : Standardize<T, D>(Vector::Zero(size), Vector::Ones(size));
  return Stack<Layer, D>{std::move(scale), DynamicChain{std::move(layers)}};
}

/// A layer of sizes and a generator, whose event size comes first if it is not in its type.
template <class Layer, class... Arguments>
Layer make_layer(Index size, Arguments&&... arguments) {
  if constexpr (Layer::static_event_size == Eigen::Dynamic)
    return Layer(size, std::forward<Arguments>(arguments)...);
  else
    return Layer(std::forward<Arguments>(arguments)...);
}

}  // namespace bijou::detail

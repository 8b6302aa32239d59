#pragma once

#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/conditioners/network_options.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/flows/embed.hpp>
#include <bijou/flows/flow_options.hpp>
#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// What the flows by name share: layers of one type, a permutation after each, under the standardized context, and the
/// data's own scale outermost.
namespace bijou::detail {

/// An object of a type whose size is known at compile time or not; the size comes before its arguments if it is not.
template <class Type, class... Arguments>
Type of_size(Index size, Arguments&&... arguments) {
  if constexpr (Type::static_event_size == Eigen::Dynamic)
    return Type(size, std::forward<Arguments>(arguments)...);
  else
    return Type(std::forward<Arguments>(arguments)...);
}

template <class Layer, int D>
using Stack = Chain<Standardize<typename Layer::Scalar, D>,
                    Embed<StandardizeContext<typename Layer::Scalar>, DynamicChain<Chain<Layer, Permute<D>>>>>;

/// make_layer(event size, options of its network): the next layer.
template <class Layer, int D, class Rng, class MakeLayer>
Stack<Layer, D> make_stack(Index size, const flows::FlowOptions& options, Rng& rng, MakeLayer make_layer) {
  using T = typename Layer::Scalar;
  const NetworkOptions network(options.hidden, options.context_size);
  std::vector<Chain<Layer, Permute<D>>> layers;
  for (int i = 0; i < options.layers; ++i) {
    Layer layer = make_layer(size, network);
    layers.emplace_back(std::move(layer), Permute<D>::of_list(permutation(size, options.alternation, rng)));
  }
  using Vector = Eigen::Matrix<T, D, 1>;
  using Context = Eigen::Vector<T, Eigen::Dynamic>;
  const Index rows = options.context_size;
  Standardize<T, D> scale = options.standardize ? of_size<Standardize<T, D>>(size)
                                                : Standardize<T, D>(Vector::Zero(size), Vector::Ones(size));
  StandardizeContext<T> context = options.standardize_context
                                      ? StandardizeContext<T>(rows)
                                      : StandardizeContext<T>(Context::Zero(rows), Context::Ones(rows));
  return Chain{std::move(scale), Embed{std::move(context), DynamicChain{std::move(layers)}}};
}

template <class Base>
Base make_base(Index size) {
  using Vector = Eigen::Matrix<typename Base::Scalar, Base::static_event_size, 1>;
  if constexpr (std::is_constructible_v<Base, Vector, Vector>)
    return Base(Vector::Zero(size), Vector::Ones(size));
  else
    return of_size<Base>(size);
}

/// The sizes of a coupling that passes half of the coordinates on.
inline Index passed_half(std::string_view caller, Index size) {
  if (size < 2) throw_invalid_argument(caller, "expected an event_size of at least 2, got ", size);
  return size / 2;
}

/// A base and a stack. Named: the flow that is derived from it. make_layer(event size, options of its network): the
/// next layer.
template <class Layer, int D, class Named, class Base = StandardNormal<typename Layer::Scalar, D>>
class StackedFlow : public TransformedDistribution<Base, Stack<Layer, D>, Named> {
 protected:
  template <class Rng, class MakeLayer>
  StackedFlow(const flows::FlowOptions& options, Rng& rng, MakeLayer make_layer)
      : StackedFlow(require_flow_options<D>(Named::name, options), options, rng, make_layer) {}

 private:
  template <class Rng, class MakeLayer>
  StackedFlow(Index size, const flows::FlowOptions& options, Rng& rng, MakeLayer make_layer)
      : TransformedDistribution<Base, Stack<Layer, D>, Named>(make_base<Base>(size),
                                                              make_stack<Layer, D>(size, options, rng, make_layer)) {}
};

}  // namespace bijou::detail

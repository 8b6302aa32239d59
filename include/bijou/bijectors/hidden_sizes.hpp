#pragma once

#include <bijou/conditioners/network_options.hpp>
#include <bijou/numerics/random.hpp>
#include <concepts>
#include <type_traits>

namespace bijou {

/// A layer with the sizes of its network's hidden layers in its type: `MAF<float, 2, 128, 128>{rng}` in place of
/// `MAF<float, 2>{{128, 128}, rng}`. It adds this constructor and nothing else, so layers of any sizes share their
/// code.
template <class Layer, int... Hidden>
class WithHiddenSizes : public Layer {
 public:
  static_assert(((Hidden > 0) && ...), "a hidden layer needs at least one unit");

  /// The arguments of Layer without the sizes: the event size if it is known at run time only, the number of
  /// coordinates that a coupling passes on, and the generator.
  template <UniformRandomBitGenerator Rng>
  requires std::constructible_from<Layer, const NetworkOptions&, Rng&>
  explicit WithHiddenSizes(Rng& rng) : Layer({Hidden...}, rng) {}
  template <UniformRandomBitGenerator Rng>
  requires std::constructible_from<Layer, Index, const NetworkOptions&, Rng&>
  WithHiddenSizes(Index first, Rng& rng) : Layer(first, {Hidden...}, rng) {}
  template <UniformRandomBitGenerator Rng>
  requires std::constructible_from<Layer, Index, Index, const NetworkOptions&, Rng&>
  WithHiddenSizes(Index first, Index second, Rng& rng) : Layer(first, second, {Hidden...}, rng) {}
};

namespace detail {

template <class Layer, int... Hidden>
using with_hidden_sizes_t = std::conditional_t<sizeof...(Hidden) == 0, Layer, WithHiddenSizes<Layer, Hidden...>>;

template <class B>
struct WithoutHiddenSizes {
  using type = B;
};
template <class Layer, int... Hidden>
struct WithoutHiddenSizes<WithHiddenSizes<Layer, Hidden...>> {
  using type = Layer;
};

/// The layer itself for a layer with sizes in its type: what deduced chains and flows hold, so that those of different
/// sizes are of one type.
template <class B>
using without_hidden_sizes_t = typename WithoutHiddenSizes<B>::type;

}  // namespace detail
}  // namespace bijou

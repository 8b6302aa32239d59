#pragma once

#include <bijou/conditioners/context_role.hpp>
#include <bijou/conditioners/masked_linear_view.hpp>
#include <bijou/core/index.hpp>
#include <bijou/numerics/staircase.hpp>
#include <array>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace bijou::detail {

/// The layers of a ConstantNetwork, computed from its constants by the compiler.
template <class Constants, class Connections>
class ConstantLayers {
  using T = std::remove_const_t<typename Constants::Scalar>;
  static constexpr std::size_t count = std::size(Constants::sizes) - 1;
  static constexpr int step_count = Constants::steps;
  static constexpr auto units = [](std::size_t l) { return Constants::sizes[l]; };

  template <std::size_t L>
  static constexpr ConstantStaircase<units(L + 1), units(L), step_count> shape{
      Constants::degrees[L], Constants::degrees[L + 1], L + 1 == count ? 1 : 0};

  /// The hidden layer that context layer k belongs to.
  static constexpr std::size_t hidden_layer_of(std::size_t k) {
    std::size_t l = 0;
    for (std::size_t before = 0;; ++l) {
      if (Connections::context_role(l, count - 1) == ContextRole::none) continue;
      if (before++ == k) return l;
    }
  }
  static constexpr std::size_t context_layers_of_all() {
    std::size_t entered = 0;
    for (std::size_t l = 0; l + 1 < count; ++l) {
      if (Connections::context_role(l, count - 1) != ContextRole::none) ++entered;
    }
    return Connections::has_context_layers && Constants::context_size > 0 ? entered : 0;
  }
  static constexpr std::size_t context_count = context_layers_of_all();
  static constexpr std::array<int, static_cast<std::size_t>(Constants::context_size)> context_degrees{};
  template <std::size_t K>
  static constexpr ConstantStaircase<units(hidden_layer_of(K) + 1), Constants::context_size, step_count> context_shape{
      context_degrees.data(), Constants::degrees[hidden_layer_of(K) + 1], 0};

  using Views = std::array<MaskedLinearView<T>, count>;
  using ContextViews = std::array<MaskedLinearView<T>, context_count>;
  static constexpr Views views = []<std::size_t... L>(std::index_sequence<L...>) {
    return Views{
        MaskedLinearView<T>(Constants::weights[L], Constants::biases[L], units(L + 1), units(L), shape<L>.view())...};
  }(std::make_index_sequence<count>{});
  // C: the constants, which need not name what there is none of.
  template <class C, std::size_t... K>
  static constexpr ContextViews make_context_views(std::index_sequence<K...>) {
    return ContextViews{MaskedLinearView<T>(C::context_weights[K], C::context_biases[K], units(hidden_layer_of(K) + 1),
                                            C::context_size, context_shape<K>.view())...};
  }
  static constexpr ContextViews context_views =
      make_context_views<Constants>(std::make_index_sequence<context_count>{});
  static constexpr auto first_inputs = [] {
    std::array<Index, static_cast<std::size_t>(step_count) + 2> first{};
    find_first_of_each(Constants::degrees[0], units(0), 0, step_count + 1, first.data());
    return first;
  }();

 public:
  using Scalar = T;

  static constexpr Index context_size() { return Constants::context_size; }
  static constexpr int steps() { return step_count; }
  static constexpr std::size_t layer_count() { return count; }
  static constexpr const MaskedLinearView<T>& layer_at(std::size_t l) { return views[l]; }
  static constexpr std::size_t context_layer_count() { return context_count; }
  static constexpr const MaskedLinearView<T>& context_layer_at(std::size_t k) { return context_views[k]; }
  static constexpr Index hidden_size() {
    Index hidden = 0;
    for (std::size_t l = 1; l < count; ++l) hidden += units(l);
    return hidden;
  }
  static constexpr Index first_input(int s) { return first_inputs[static_cast<std::size_t>(s)]; }
};

}  // namespace bijou::detail

#pragma once

#include <bijou/conditioners/context_role.hpp>
#include <bijou/core/policy_name.hpp>
#include <cstddef>
#include <vector>

namespace bijou {

/// Connections between the hidden layers of a Network, each on the one before.
///
/// @f[ h_l = A(W_l h_{l-1} + b_l) @f]
struct FeedForward {
  /// Whether the pullback needs W_l h_{l-1} + b_l even if the derivative of the activation does not.
  static constexpr bool keeps_preactivations = false;
  /// Whether the pre-activations of hidden layer l - 2 are added to those of hidden layer l.
  static constexpr bool adds_skip(std::size_t /*l*/, std::size_t /*hidden_layers*/) { return false; }
  /// Whether the activation is applied to hidden layer l.
  static constexpr bool activates(std::size_t /*l*/, std::size_t /*hidden_layers*/) { return true; }
  /// Whether the context stands above the input of the first layer.
  static constexpr bool joins_context = true;
  /// Whether the context enters hidden layers through layers of its own, and how it enters hidden layer l.
  static constexpr bool has_context_layers = false;
  static constexpr ContextRole context_role(std::size_t /*l*/, std::size_t /*hidden_layers*/) {
    return ContextRole::none;
  }
  /// Checks the degrees of the hidden layers.
  static void require_layers(const std::vector<std::vector<int>>& /*hidden*/) {}
};

template <>
inline constexpr std::string_view policy_name<FeedForward> = "FeedForward";

}  // namespace bijou

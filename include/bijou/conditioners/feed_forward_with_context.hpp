#pragma once

#include <bijou/conditioners/feed_forward.hpp>
#include <bijou/core/policy_name.hpp>

namespace bijou {

/// Feed-forward layers with the context as in nflows' masked networks without residual blocks: only the first hidden
/// layer sees the context c.
///
/// @f[ h_1 = A\bigl(W x + b + A(V c + d)\bigr) @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Conditioner = bijou::Made<float, bijou::activations::Tanh, bijou::FeedForwardWithContext>;
/// const Conditioner made{3, 2, {{50, 50, 50}, 7}, rng};  // the networks of sbi's maf, with a context of 7 rows
/// @endcode
struct FeedForwardWithContext : FeedForward {
  static constexpr bool joins_context = false;
  static constexpr bool has_context_layers = true;
  static constexpr ContextRole context_role(std::size_t l, std::size_t /*hidden_layers*/) {
    return l == 0 ? ContextRole::activated_addend : ContextRole::none;
  }
};

template <>
inline constexpr std::string_view policy_name<FeedForwardWithContext> = "FeedForwardWithContext";

}  // namespace bijou

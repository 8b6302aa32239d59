#include <bijou/conditioners/feed_forward_with_context.hpp>
#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>

#include "support/conditioner_laws.hpp"

using namespace bijou;

TEST_CASE("FeedForwardWithContext: laws", "[feed_forward_with_context]") {
  using activations::Tanh;
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return Made<T, Tanh, FeedForwardWithContext>{3, 2, {{5, 4}, 2}, rng}; });
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return Mlp<T, activations::Silu, FeedForwardWithContext>{3, 2, {{4}, 2}, rng}; });
  // Without a context it is FeedForward.
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return Made<T, Tanh, FeedForwardWithContext>{3, 2, {4, 4}, rng}; });
}

TEST_CASE("FeedForwardWithContext: the context enters the first hidden layer, through an activation",
          "[feed_forward_with_context]") {
  for (std::size_t l = 0; l < 3; ++l) {
    const ContextRole role = FeedForwardWithContext::context_role(l, 3);
    CHECK(role == (l == 0 ? ContextRole::activated_addend : ContextRole::none));
    CHECK(FeedForwardWithContext::activates(l, 3));
  }
  CHECK_FALSE(FeedForwardWithContext::joins_context);
}

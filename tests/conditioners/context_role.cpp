#include <bijou/conditioners/feed_forward.hpp>
#include <bijou/conditioners/residual.hpp>

#include "support/catch.hpp"

using namespace bijou;

TEST_CASE("where the context enters a network of five hidden layers", "[context_role]") {
  using enum ContextRole;
  const ContextRole added[] = {activated_addend, addend, none, addend, none};
  const ContextRole gates[] = {none, none, gate, none, gate};
  for (std::size_t l = 0; l < 5; ++l) {
    INFO(l);
    CHECK(FeedForward::context_role(l, 5) == none);
    CHECK(Residual::context_role(l, 5) == none);
    CHECK(ResidualWithContext::context_role(l, 5) == added[l]);
    CHECK(GatedResidual::context_role(l, 5) == gates[l]);
  }
}

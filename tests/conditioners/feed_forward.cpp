#include <bijou/conditioners/feed_forward.hpp>

#include "support/catch.hpp"

using bijou::FeedForward;

TEST_CASE("FeedForward: every hidden layer is activated, and none is added to another", "[feed_forward]") {
  for (std::size_t l = 0; l < 4; ++l) {
    CHECK(FeedForward::activates(l, 4));
    CHECK_FALSE(FeedForward::adds_skip(l, 4));
  }
  CHECK_NOTHROW(FeedForward::require_layers({{1, 2}, {1}, {2}, {1, 2}}));
  CHECK_NOTHROW(FeedForward::require_layers({}));
}

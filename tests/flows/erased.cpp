#include <bijou/bijou.hpp>
#include <utility>

#include "support/catch.hpp"

using namespace bijou;

namespace {

template <class Any>
void check_moves(const Any& first, const Any& second) {
  Any a = first;
  const Any b = std::move(a);
  CHECK(b.event_size() == first.event_size());
  const Any copy_of_nothing = a;
  a = second;
  CHECK(a.event_size() == second.event_size());
  a = copy_of_nothing;
  a = std::move(a = first);
  CHECK(a.event_size() == first.event_size());
}

}  // namespace

TEST_CASE("what has been moved from can be copied, assigned to and destroyed", "[erased]") {
  check_moves(AnyFlow<float>(StandardNormal<float, 2>{}), AnyFlow<float>(StandardNormal<float, 3>{}));
  check_moves(AnyBijector<float>(Reverse<2>{}), AnyBijector<float>(Reverse<3>{}));
}

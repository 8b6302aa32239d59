#include <bijou/bijou.hpp>
#include <utility>

#include "support/catch.hpp"
#include "support/message_of.hpp"

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

TEST_CASE("what has been moved from refuses all calls", "[erased]") {
  std::mt19937_64 rng{1};
  AnyFlow<float> flow = StandardNormal<float, 2>{};
  AnyBijector<float> f = Reverse<2>{};
  const AnyFlow<float> taken = std::move(flow);
  const AnyBijector<float> taken_too = std::move(f);
  const std::string expected = "AnyFlow: has been moved from: nothing is inside";
  CHECK(message_of([&] { flow.log_prob(Eigen::Vector2f(1, 2)); }) == expected);
  CHECK(message_of([&] { flow.sample(3, rng); }) == expected);
  CHECK(message_of([&] { flow.parameters(); }) == expected);
  CHECK(message_of([&] { description(flow); }) == expected);
  CHECK(message_of([&] { f.forward(Eigen::Vector2f(1, 2)); }) == "AnyBijector: has been moved from: nothing is inside");
}

TEST_CASE("what has been moved from can be copied, assigned to and destroyed", "[erased]") {
  check_moves(AnyFlow<float>(StandardNormal<float, 2>{}), AnyFlow<float>(StandardNormal<float, 3>{}));
  check_moves(AnyBijector<float>(Reverse<2>{}), AnyBijector<float>(Reverse<3>{}));
}

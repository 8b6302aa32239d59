#include <bijou/bijou.hpp>
#include <bijou/core/policy_name.hpp>

#include "support/catch.hpp"

namespace {

struct Own : bijou::activations::Tanh {};

}  // namespace

TEST_CASE("policies have names of their own", "[policy_name]") {
  using bijou::policy_name;
  CHECK(policy_name<bijou::activations::Tanh> == "Tanh");
  CHECK(policy_name<Own> == "own policy");  // not that of what it is derived from
  CHECK(policy_name<bijou::spline_maps::SoftClipped<>> == "SoftClipped");
  CHECK(policy_name<bijou::spline_maps::SoftClipped<bijou::scale_maps::BoundedExp>> == "own policy");
  CHECK(policy_name<bijou::spline_maps::LeastWidth<8>> == "LeastWidth<8>");
  CHECK(policy_name<bijou::spline_maps::SoftplusFloorPerUnits<1024>> == "SoftplusFloorPerUnits<1024>");
  CHECK(bijou::policy_name_of(bijou::Residual{}) == "Residual");
  static_assert(policy_name<bijou::spline_edges::Circular> == "Circular");
}

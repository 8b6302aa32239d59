#include "support/density_laws.hpp"
#include "support/flows.hpp"

TEST_CASE("a flow with a bounded base satisfies the laws", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::boxed<T>(4); }, {.step = 1e-6, .bounded = true});
}

TEST_CASE("a flow whose base is a flow satisfies the laws", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::nested<T>(5); }, {.step = 1e-6});
}

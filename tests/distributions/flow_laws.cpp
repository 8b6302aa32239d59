#include "support/density_laws.hpp"
#include "support/flows.hpp"

// The step of differences is small where relu has kinks, so that few of them lie within it.

TEST_CASE("MAF satisfies the laws of a flow", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::maf<T>(2); }, {.step = 1e-6});
}

TEST_CASE("RealNVP satisfies the laws of a flow", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::real_nvp<T>(3); }, {.step = 1e-6});
}

TEST_CASE("a smooth flow of all parts with a trained base satisfies the laws", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::mixed<T>(1); });
}

#include "support/density_laws.hpp"
#include "support/flows.hpp"

TEST_CASE("a chain whose length is known at run time satisfies the laws", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::layers<T>(6); }, {.step = 1e-6});
}

TEST_CASE("a flow whose sizes are known at run time satisfies the laws", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::sizes_at_run_time<T>(7); }, {.step = 1e-6});
}

TEST_CASE("a box of a size known at run time satisfies the laws", "[flow_laws]") {
  laws::check_flow([]<class T>(T, auto&) { return bent_flows::box_at_run_time<T>(0); }, {.bounded = true});
}
